#include "store/load.h"

#include <algorithm>

#include "store/codec.h"
#include "store/digest.h"
#include "store/row_io.h"

namespace kedge::store {
namespace {

// The one row of a table that has at most one.
template <class Row>
std::optional<Row> FetchOne(Connection& db, Damage& damage) {
  std::vector<Row> rows = Fetch<Row>(db, damage, "LIMIT 2");
  if (rows.size() > 1) damage.Note(Row::kTable, "more than one row");
  return rows.empty() ? std::nullopt : std::optional<Row>(std::move(rows.front()));
}

// A plan is not stored: it follows from the document, and what the handlers had is in `verbs`. No verbs: the
// execution was never going to run (refused, or not ours), and its document may be anything.
void RebuildPlan(Execution& execution, Damage& damage) {
  if (execution.plan.verbs.empty()) return;
  Result<JobDocument> document = ParseJobDocument(execution.document);
  if (!document) return damage.Note("the document of a job that ran", document.error().message);
  if (document->steps.size() != execution.plan.verbs.size()) {
    return damage.Note("current.verbs", "not as many as the document has steps");
  }
  execution.plan.document = std::move(*document);
}

Execution LoadExecution(Connection& db, const CurrentRow& row, Damage& damage) {
  Execution execution = DecodeCurrent(row, damage);
  const auto rows = Fetch<ExecutionRow>(db, damage, "WHERE seq = ?1", row.execution);
  if (rows.empty()) {
    damage.Note("current.execution", "no such execution");
    return execution;
  }
  execution.id = DecodeId(rows.front(), damage);
  execution.document = rows.front().document;
  for (DocumentRow& exact : Fetch<DocumentRow>(db, damage, "WHERE slot = ?1", row.slot))
    execution.document = std::move(exact.text);
  if (!damage) RebuildPlan(execution, damage);
  const size_t count = execution.plan.verbs.size();
  execution.steps.resize(count);
  for (const StepRow& step : Fetch<StepRow>(db, damage, "WHERE slot = ?1", row.slot)) {
    const int64_t index = damage.Within("step.idx", step.idx, 0, static_cast<int64_t>(count) - 1);
    if (!damage) execution.steps[static_cast<size_t>(index)] = DecodeStep(step, damage);
  }
  return execution;
}

// The current execution and the stranded ones; the digest that stands with the former.
MaybeInt LoadExecutions(Connection& db, State& state, Damage& damage) {
  MaybeInt digest;
  for (const CurrentRow& row : Fetch<CurrentRow>(db, damage, "ORDER BY slot DESC")) {
    Execution execution = LoadExecution(db, row, damage);
    if (row.slot == 1) {
      state.current = std::move(execution);
      digest = row.digest;
    } else {
      state.stranded.push_back(std::move(execution));
    }
  }
  for (const char* table : {"document", "step"}) {
    const std::string count = std::string("SELECT count(*) FROM ") + table;
    if (db.Number(count + " WHERE slot NOT IN (SELECT slot FROM current)") != 0)
      damage.Note(table, "a row of no execution");
  }
  return digest;
}

std::deque<Closed> LoadLedger(Connection& db, Damage& damage) {
  std::deque<Closed> ledger;
  for (const LedgerRow& row : Fetch<LedgerRow>(db, damage, "ORDER BY rank DESC")) {
    const auto rows = Fetch<ExecutionRow>(db, damage, "WHERE seq = ?1", row.execution);
    if (rows.empty())
      damage.Note("ledger.execution", "no such execution");
    else
      ledger.push_back(DecodeClosed(rows.front(), damage));
  }
  return ledger;
}

struct Tables {
  State state;
  int64_t digest = 0;
};

Tables LoadTables(Connection& db, Damage& damage) {
  Tables tables;
  State& state = tables.state;
  if (const auto meta = FetchOne<MetaRow>(db, damage)) {
    state.boot_id = meta->boot_id;
    state.next_task = damage.Within("meta.next_task", meta->next_task, 1);
    tables.digest = meta->digest;
  } else {
    // The row came with the tables: that there is none may be the only sign that more is gone.
    damage.Note("meta", "its row is missing");
  }
  tables.digest = LoadExecutions(db, state, damage).value_or(tables.digest);
  if (const auto row = FetchOne<QuarantineRow>(db, damage)) state.quarantine = DecodeQuarantine(*row, damage);
  state.ledger = LoadLedger(db, damage);
  return tables;
}

}  // namespace

Result<State> LoadState(Connection& db) {
  Damage damage;
  db.Execute("BEGIN");  // one snapshot for all tables, also beside a writing daemon
  Tables tables = LoadTables(db, damage);
  db.Execute("COMMIT");
  if (db.failed()) {
    const Error failure = db.TakeFailure("cannot read the journal");
    if (db.InTransaction() && !db.Execute("ROLLBACK")) db.TakeFailure("");
    return Unexpected(failure);
  }
  if (!damage && tables.digest != DigestOf(tables.state))
    damage.Note("the tables", "they are not of one moment");
  if (damage) return Unbelievable(db.path(), damage.words());
  return std::move(tables.state);
}

Result<State> LoadMigrated(Connection& db) {
  Damage damage;
  Tables tables = LoadTables(db, damage);
  if (damage) return Unbelievable(db.path(), damage.words());
  return std::move(tables.state);
}

Unexpected Unbelievable(const std::string& path, const std::string& words) {
  return {ErrorKind::kCorrupt, "the journal " + path + " cannot be believed: " + words};
}

}  // namespace kedge::store
