#include "store/write.h"

#include <algorithm>
#include <utility>

#include "store/codec.h"
#include "store/journal_file.h"
#include "store/redact.h"
#include "store/row_io.h"

namespace kedge::store {
namespace {

// With WHERE: SQLite "clears" a whole table by rewriting its root page, even of one that is empty.
constexpr const char* kDropDocument = "DELETE FROM document WHERE slot = 1";
constexpr int64_t kPruneEvery = 16;  // executions: pruning costs pages, so not each time

// How the ledger before becomes the one after: `added` new entries in front; `kept[i]` says whether the i-th
// old entry stays. The usual case is one more in front, and the oldest falls off.
struct LedgerChange {
  size_t added = 0;
  std::vector<bool> kept;
};

LedgerChange Compare(const std::deque<Closed>& before, const std::deque<Closed>& after) {
  for (size_t added = 0;; ++added) {
    LedgerChange change{added, std::vector<bool>(before.size(), false)};
    size_t next = added;
    for (size_t i = 0; i < before.size() && next < after.size(); ++i) {
      if (before[i].id != after[next].id) continue;
      change.kept[i] = true;
      ++next;
    }
    if (next == after.size()) return change;  // at the latest when all are new
  }
}

}  // namespace

bool StateWriter::Write(const std::vector<HistoryEntry>& history) {
  if (before_.current) {
    before_seq_ = db_.Number("SELECT execution FROM current");
    if (before_seq_ == 0) return false;
  }
  return WriteMeta() && WriteQuarantine() && OpenCurrent() && WriteLedger() && WriteHistory(history) &&
         WriteCurrent() && WriteSteps() && Prune();
}

bool StateWriter::SameCurrent() const {
  return before_.current && after_.current && before_.current->id == after_.current->id;
}

bool StateWriter::WriteMeta() {
  const MetaRow row = EncodeMeta(after_);
  return row == EncodeMeta(before_) || Store(db_, "REPLACE", row);
}

bool StateWriter::WriteQuarantine() {
  if (after_.quarantine == before_.quarantine) return true;
  if (!after_.quarantine) return db_.Execute("DELETE FROM quarantine");
  return Store(db_, "REPLACE", EncodeQuarantine(*after_.quarantine));
}

// --- Executions ---

int64_t StateWriter::AddExecution(const ExecutionId& id, int64_t offered_wall, const std::string& document) {
  const int64_t seq = db_.Number("SELECT max(seq) FROM execution") + 1;
  Store(db_, "INSERT", EncodeExecution(id, seq, offered_wall, document));
  return seq;
}

// The row of an execution that the agent still knows: one of the ledger, or the newest of all. 0: none. Older
// rows are not looked at: that would be a search through the whole history for each new job.
int64_t StateWriter::FindRecent(const ExecutionId& id) {
  Statement find = db_.Prepare(
      "SELECT seq FROM execution "
      "WHERE seq IN (SELECT execution FROM ledger UNION SELECT max(seq) FROM execution) "
      "AND job = ?1 AND number = ?2 AND queued_at = ?3 ORDER BY seq DESC LIMIT 1");
  find.Bind(1, id.job.value);
  find.Bind(2, id.number);
  find.Bind(3, id.queued_at);
  int64_t seq = 0;
  if (find.Next()) find.Read(0, seq);
  return seq;
}

bool StateWriter::OpenCurrent() {
  after_seq_ = SameCurrent() ? before_seq_ : 0;
  if (!after_.current) return true;
  const Execution& execution = *after_.current;
  if (SameCurrent() && execution.document == before_.current->document) return true;
  if (after_seq_ == 0) after_seq_ = FindRecent(execution.id);  // offered again
  const std::string kept = RedactUrls(execution.document);
  if (after_seq_ == 0) {
    after_seq_ = AddExecution(execution.id, execution.offered_wall, kept);
  } else if (!execution.document.empty()) {
    Damage damage;
    auto rows = Fetch<ExecutionRow>(db_, damage, "WHERE seq = ?1", after_seq_);
    if (damage || rows.empty()) return false;
    if (rows.front().document != kept) {
      rows.front().document = kept;
      if (!Update(db_, rows.front())) return false;
    }
  }
  // An execution that is only reported again comes without its document; the history keeps the one it has.
  const bool same = execution.document == kept && !execution.document.empty();
  return same ? db_.Execute(kDropDocument) : Store(db_, "REPLACE", DocumentRow{1, execution.document});
}

bool StateWriter::StoreClosed(int64_t seq, const Closed& closed) {
  Damage damage;
  auto rows = Fetch<ExecutionRow>(db_, damage, "WHERE seq = ?1", seq);
  if (damage || rows.empty()) return false;
  EncodeClosed(closed, rows.front());
  return Update(db_, rows.front());
}

bool StateWriter::WriteLedger() {
  if (after_.ledger == before_.ledger) return true;
  Damage damage;
  const auto rows = Fetch<LedgerRow>(db_, damage, "ORDER BY rank DESC");
  if (damage || rows.size() != before_.ledger.size()) return false;
  const LedgerChange change = Compare(before_.ledger, after_.ledger);

  // Rows of `execution` that new entries take: the one just worked on, or that of an entry that gives way to
  // them.
  std::vector<std::pair<ExecutionId, int64_t>> free;
  if (before_.current) free.emplace_back(before_.current->id, before_seq_);
  if (after_.current) free.emplace_back(after_.current->id, after_seq_);
  size_t next = change.added;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (change.kept[i]) {
      const Closed& now = after_.ledger[next++];
      if (now != before_.ledger[i] && !StoreClosed(rows[i].execution, now)) return false;
      std::erase_if(free, [&](const auto& row) { return row.second == rows[i].execution; });
      continue;
    }
    free.emplace_back(before_.ledger[i].id, rows[i].execution);
    Statement remove = db_.Prepare("DELETE FROM ledger WHERE rank = ?1");
    remove.Bind(1, rows[i].rank);
    if (!remove.Run()) return false;
  }

  int64_t rank = rows.empty() ? 0 : rows.front().rank;
  for (size_t i = change.added; i-- > 0;) {
    const Closed& closed = after_.ledger[i];
    const auto own =
        std::find_if(free.begin(), free.end(), [&](const auto& row) { return row.first == closed.id; });
    const int64_t seq = own != free.end() ? own->second : AddExecution(closed.id, closed.closed_wall, "");
    // One row cannot stand in the ledger twice.
    std::erase_if(free, [&](const auto& row) { return row.second == seq; });
    if (!StoreClosed(seq, closed) || !Store(db_, "INSERT", LedgerRow{++rank, seq})) return false;
  }
  closed_ = change.added > 0;
  return true;
}

// --- History ---

bool StateWriter::WriteHistory(const std::vector<HistoryEntry>& history) {
  for (const HistoryEntry& entry : history) {
    int64_t seq = 0;
    if (after_.current && after_.current->id == entry.execution)
      seq = after_seq_;
    else if (before_.current && before_.current->id == entry.execution)
      seq = before_seq_;
    else
      seq = FindRecent(entry.execution);
    if (seq == 0) seq = AddExecution(entry.execution, entry.wall, "");
    HistoryRow row{seq, 0, entry.wall, entry.kind, {}, RedactUrls(entry.text), RedactUrls(entry.detail)};
    if (entry.step) row.step = static_cast<int64_t>(*entry.step);
    Statement last = db_.Prepare("SELECT max(n) FROM history WHERE execution = ?1");
    last.Bind(1, seq);
    if (last.Next()) last.Read(0, row.n);
    ++row.n;
    if (!Store(db_, "INSERT", row)) return false;
  }
  return !db_.failed();
}

// --- The current execution ---

bool StateWriter::WriteCurrent() {
  if (!after_.current) {
    return !before_.current || (db_.Execute("DELETE FROM current") && db_.Execute(kDropDocument));
  }
  const CurrentRow row = EncodeCurrent(*after_.current, after_seq_);
  if (SameCurrent() && row == EncodeCurrent(*before_.current, before_seq_)) return true;
  return Store(db_, "REPLACE", row);
}

bool StateWriter::WriteSteps() {
  const std::vector<StepRecord> none;
  if (before_.current && !SameCurrent() && !db_.Execute("DELETE FROM step")) return false;
  const auto& before = SameCurrent() ? before_.current->steps : none;
  const auto& after = after_.current ? after_.current->steps : none;
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    // No row: nothing happened to the step yet.
    const StepRecord was = i < before.size() ? before[i] : StepRecord{};
    const StepRecord& now = i < after.size() ? after[i] : StepRecord{};
    if (was == now) continue;
    if (now != StepRecord{}) {
      if (!Store(db_, "REPLACE", EncodeStep(now, i))) return false;
      continue;
    }
    Statement remove = db_.Prepare("DELETE FROM step WHERE idx = ?1");
    remove.Bind(1, static_cast<int64_t>(i));
    if (!remove.Run()) return false;
  }
  return true;
}

// --- Retention ---

// Forgets the oldest executions; never the current one and those of the ledger.
bool StateWriter::Prune() {
  if (!closed_) return true;
  const int64_t newest = db_.Number("SELECT max(seq) FROM execution");
  int64_t last = 0;  // executions up to this one go
  if (newest % kPruneEvery == 0) last = newest - static_cast<int64_t>(options_.keep_executions);
  const int64_t used = (db_.Number("PRAGMA page_count") - db_.Number("PRAGMA freelist_count")) * kPageSize;
  if (used > options_.keep_bytes) {
    const int64_t oldest = db_.Number("SELECT min(seq) FROM execution");
    last = std::max(last, oldest + (newest - oldest) / 8);
  }
  if (last <= 0) return !db_.failed();
  Statement forget = db_.Prepare(
      "DELETE FROM execution WHERE seq <= ?1 AND seq NOT IN (SELECT execution FROM ledger) "
      "AND seq NOT IN (SELECT execution FROM current)");
  forget.Bind(1, last);
  return forget.Run();
}

}  // namespace kedge::store
