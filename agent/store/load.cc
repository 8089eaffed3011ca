#include "store/load.h"

#include <algorithm>

#include "store/codec.h"
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
  if (!document) return damage.Note("the current job's document", document.error().message);
  if (document->steps.size() != execution.plan.verbs.size()) {
    return damage.Note("current.verbs", "not as many as the document has steps");
  }
  execution.plan.document = std::move(*document);
}

Execution LoadCurrent(Connection& db, const CurrentRow& row, Damage& damage) {
  Execution execution = DecodeCurrent(row, damage);
  const auto rows = Fetch<ExecutionRow>(db, damage, "WHERE seq = ?1", row.execution);
  if (rows.empty()) {
    damage.Note("current.execution", "no such execution");
    return execution;
  }
  execution.id = DecodeId(rows.front(), damage);
  execution.document = rows.front().document;
  if (auto exact = FetchOne<DocumentRow>(db, damage)) execution.document = std::move(exact->text);
  if (!damage) RebuildPlan(execution, damage);
  const size_t count = execution.plan.verbs.size();
  execution.steps.resize(count);
  for (const StepRow& step : Fetch<StepRow>(db, damage, "")) {
    const int64_t index = damage.Within("step.idx", step.idx, 0, static_cast<int64_t>(count) - 1);
    if (!damage) execution.steps[static_cast<size_t>(index)] = DecodeStep(step, damage);
  }
  return execution;
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

}  // namespace

Result<State> LoadState(Connection& db) {
  Damage damage;
  State state;
  db.Execute("BEGIN");  // one snapshot for all tables, also beside a writing daemon
  if (const auto meta = FetchOne<MetaRow>(db, damage)) {
    state.boot_id = meta->boot_id;
    state.next_task = damage.Within("meta.next_task", meta->next_task, 1);
  } else {
    // The row came with the tables: that there is none may be the only sign that more is gone.
    damage.Note("meta", "its row is missing");
  }
  if (const auto current = FetchOne<CurrentRow>(db, damage))
    state.current = LoadCurrent(db, *current, damage);
  if (const auto row = FetchOne<QuarantineRow>(db, damage)) state.quarantine = DecodeQuarantine(*row, damage);
  state.ledger = LoadLedger(db, damage);
  db.Execute("COMMIT");
  if (db.failed()) {
    const Error failure = db.TakeFailure("cannot read the journal");
    if (db.InTransaction() && !db.Execute("ROLLBACK")) db.TakeFailure("");
    return Unexpected(failure);
  }
  if (damage) return Unbelievable(db.path(), damage.words());
  return state;
}

Unexpected Unbelievable(const std::string& path, const std::string& words) {
  return {ErrorKind::kCorrupt,
          "the journal " + path + " cannot be believed: " + words +
              "; check the device by hand, then move the journal and the files beside it away to "
              "start with an empty one"};
}

}  // namespace kedge::store
