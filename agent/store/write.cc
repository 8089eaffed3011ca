#include "store/write.h"

#include <algorithm>
#include <utility>

#include "store/codec.h"
#include "store/digest.h"
#include "store/journal_file.h"
#include "store/redact.h"
#include "store/row_io.h"

namespace kedge::store {
namespace {

constexpr const char* kDropDocument = "DELETE FROM document WHERE slot = 1";
constexpr int64_t kPruneEvery = 16;  // executions: pruning costs pages, so not each time

// How a list, newest first, becomes the one after: `added` new members in front; `kept[i]` says whether the
// i-th old one stays. The usual case is one more in front, and the oldest falls off.
struct ListChange {
  size_t added = 0;
  std::vector<bool> kept;
};

template <class List>
ListChange Compare(const List& before, const List& after) {
  for (size_t added = 0;; ++added) {
    ListChange change{added, std::vector<bool>(before.size(), false)};
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
  digest_ = DigestOf(after_);
  return FindSlots() && WriteMeta() && WriteQuarantine() && OpenCurrent() && WriteStranded() &&
         WriteLedger() && WriteHistory(history) && WriteCurrent() && Prune();
}

bool StateWriter::FindSlots() {
  stored_digest_ = db_.Number("SELECT digest FROM meta");
  Statement slots = db_.Prepare("SELECT slot, execution, digest FROM current ORDER BY slot DESC");
  while (slots.Next()) {
    Slot found;
    slots.Read(0, found.slot);
    slots.Read(1, found.seq);
    if (found.slot == 1) {
      before_seq_ = found.seq;
      slots.Read(2, stored_digest_);
    } else {
      stranded_.push_back(found);
    }
  }
  return !db_.failed() && stranded_.size() == before_.stranded.size() &&
         (before_seq_ != 0) == before_.current.has_value();
}

bool StateWriter::SameCurrent() const {
  return before_.current && after_.current && before_.current->id == after_.current->id;
}

bool StateWriter::WriteMeta() {
  MetaRow row = EncodeMeta(after_);
  bool same = row == EncodeMeta(before_);
  if (!after_.current) {  // else the digest stands with the current execution
    row.digest = digest_;
    same = same && !before_.current && digest_ == stored_digest_;
  }
  return same || Store(db_, "REPLACE", row);
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

// The row of an execution that the agent still knows: one of the ledger, a stranded one, or the newest of
// all. 0: none. Older rows are not looked at: that would be a search through the whole history for each new
// job.
int64_t StateWriter::FindRecent(const ExecutionId& id) {
  Statement find = db_.Prepare(
      "SELECT seq FROM execution "
      "WHERE seq IN (SELECT execution FROM ledger UNION SELECT execution FROM current "
      "UNION SELECT max(seq) FROM execution) "
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
  const ListChange change = Compare(before_.ledger, after_.ledger);

  // Rows of `execution` that new entries take: the one just worked on, or that of an entry that gives way to
  // them.
  std::vector<std::pair<ExecutionId, int64_t>> free;
  if (before_.current) free.emplace_back(before_.current->id, before_seq_);
  if (after_.current) free.emplace_back(after_.current->id, after_seq_);
  for (size_t i = 0; i < stranded_.size(); ++i) free.emplace_back(before_.stranded[i].id, stranded_[i].seq);
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

int64_t StateWriter::SeqOf(const ExecutionId& id) {
  if (after_.current && after_.current->id == id) return after_seq_;
  if (before_.current && before_.current->id == id) return before_seq_;
  return FindRecent(id);
}

// A job that loops must not fill the disk with its history: the last line that fits says that there were
// more.
bool StateWriter::AddEntry(int64_t seq, const HistoryEntry& entry) {
  HistoryRow row{seq, 0, entry.wall, entry.kind, {}, RedactUrls(entry.text), RedactUrls(entry.detail)};
  if (entry.step) row.step = static_cast<int64_t>(*entry.step);
  Statement last = db_.Prepare("SELECT max(n) FROM history WHERE execution = ?1");
  last.Bind(1, seq);
  if (last.Next()) last.Read(0, row.n);
  const int64_t most = std::max<int64_t>(options_.keep_entries, 1);
  if (++row.n > most) return true;
  if (row.n == most) {
    row = {seq, row.n, entry.wall, "left-out", {}, "", ""};
    row.text = "this and further entries are left out: at most " + std::to_string(most) +
               " are kept for one execution";
  }
  return Store(db_, "INSERT", row);
}

bool StateWriter::WriteHistory(const std::vector<HistoryEntry>& history) {
  for (const HistoryEntry& entry : history) {
    int64_t seq = SeqOf(entry.execution);
    if (seq == 0) seq = AddExecution(entry.execution, entry.wall, "");
    if (!AddEntry(seq, entry)) return false;
  }
  return !db_.failed();
}

// --- Slots ---

bool StateWriter::Empty(int64_t slot) {
  for (const char* table : {"current", "document", "step"}) {
    Statement remove = db_.Prepare(std::string("DELETE FROM ") + table + " WHERE slot = ?1");
    remove.Bind(1, slot);
    if (!remove.Run()) return false;
  }
  return true;
}

bool StateWriter::WriteCurrent() {
  if (!after_.current) return !before_.current || Empty(1);
  CurrentRow row = EncodeCurrent(*after_.current, after_seq_);
  bool same =
      SameCurrent() && digest_ == stored_digest_ && row == EncodeCurrent(*before_.current, before_seq_);
  row.digest = digest_;
  const std::vector<StepRecord> none;
  if (before_.current && !SameCurrent()) {
    Statement remove = db_.Prepare("DELETE FROM step WHERE slot = 1");
    if (!remove.Run()) return false;
  }
  return (same || Store(db_, "REPLACE", row)) &&
         WriteSteps(1, SameCurrent() ? before_.current->steps : none, after_.current->steps);
}

// A stranded execution; `was`: what the slot holds, or null.
bool StateWriter::StoreSlot(Slot at, const Execution* was, const Execution& now) {
  CurrentRow row = EncodeCurrent(now, at.seq);
  const bool same = was != nullptr && row == EncodeCurrent(*was, at.seq);
  row.slot = at.slot;
  return (same || Store(db_, "REPLACE", row)) &&
         ((was != nullptr && was->document == now.document) ||
          Store(db_, "REPLACE", DocumentRow{at.slot, now.document})) &&
         WriteSteps(at.slot, was != nullptr ? was->steps : std::vector<StepRecord>(), now.steps);
}

bool StateWriter::WriteStranded() {
  if (after_.stranded == before_.stranded) return true;
  const ListChange change = Compare(before_.stranded, after_.stranded);
  const int64_t highest = stranded_.empty() ? 1 : stranded_.front().slot;
  // The rows that new ones take, found before the slots that name them are emptied.
  std::vector<Slot> added;
  for (size_t i = 0; i < change.added; ++i) {
    const Execution& execution = after_.stranded[i];
    int64_t seq = SeqOf(execution.id);
    if (seq == 0) seq = AddExecution(execution.id, execution.offered_wall, RedactUrls(execution.document));
    added.push_back({highest + static_cast<int64_t>(change.added - i), seq});
  }
  size_t next = change.added;
  for (size_t i = 0; i < stranded_.size(); ++i) {
    const Execution* now = change.kept[i] ? &after_.stranded[next++] : nullptr;
    if (!(now != nullptr ? StoreSlot(stranded_[i], &before_.stranded[i], *now) : Empty(stranded_[i].slot)))
      return false;
  }
  for (size_t i = 0; i < added.size(); ++i) {
    if (!StoreSlot(added[i], nullptr, after_.stranded[i])) return false;
  }
  return true;
}

bool StateWriter::WriteSteps(int64_t slot, const std::vector<StepRecord>& before,
                             const std::vector<StepRecord>& after) {
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    // No row: nothing happened to the step yet.
    const StepRecord was = i < before.size() ? before[i] : StepRecord{};
    const StepRecord& now = i < after.size() ? after[i] : StepRecord{};
    if (was == now) continue;
    if (now != StepRecord{}) {
      StepRow row = EncodeStep(now, i);
      row.slot = slot;
      if (!Store(db_, "REPLACE", row)) return false;
      continue;
    }
    Statement remove = db_.Prepare("DELETE FROM step WHERE slot = ?1 AND idx = ?2");
    remove.Bind(1, slot);
    remove.Bind(2, static_cast<int64_t>(i));
    if (!remove.Run()) return false;
  }
  return true;
}

// --- Retention ---

// Forgets the oldest executions; never the current one, a stranded one and those of the ledger.
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
