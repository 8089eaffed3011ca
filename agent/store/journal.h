// The journal: what must survive. State, steps, outbox and history of every decision, in one transaction
// each.
//
// The only user of SQLite (WAL, synchronous=FULL): when Commit returns, the decision is on the disk.
// JOURNAL.md describes the file for people who read it with other tools; schema.sql is the schema, with a
// version.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/state.h"

namespace kedge::store {

class Journal {
 public:
  virtual ~Journal() = default;
  // The last committed state, volatile members at their defaults (core Durable()); a new journal gives
  // State{}. kCorrupt when it cannot be believed, also when the current job's document is one that this
  // version cannot parse.
  virtual Result<State> Load() = 0;
  // Makes `after` durable together with `history`; `before` is what the last Commit (or Load) left, so that
  // only what changed is written. On an error nothing of it is durable and `before` stands: kUnavailable
  // (disk full) and kBusy may pass, a later Commit works then. After kIo or kCorrupt every later Commit gives
  // the same error until the journal is opened anew, for a failed fsync loses data and a second one says
  // nothing about it (reference A.1); whether that commit is in the file is then known by Load only. Never
  // throws.
  virtual Result<void> Commit(const State& before, const State& after,
                              const std::vector<HistoryEntry>& history) = 0;
};

struct JournalOptions {
  size_t keep_executions = 1000;  // the history forgets older ones; those of State.ledger are always kept
  int64_t keep_bytes = 16 * 1024 * 1024;  // and more of them when the file's content is larger than this
};

// Opens or creates `path` (folder made, mode 0700; file 0600) and locks it (`path`.lock) for the life of the
// object: a second daemon gets kBusy with a sentence that names the path. kInvalid for a journal of a newer
// schema version, for a file that is not a Kedge journal, for a symbolic link; kCorrupt for a damaged one. A
// document in the file is exact while its execution is current; the history keeps it, and every entry,
// without what URLs carry after '?'.
Result<std::unique_ptr<Journal>> OpenJournal(const std::string& path, const JournalOptions& options = {});

// One execution of the history, for `kedge history` and `kedge show`.
struct PastExecution {
  ExecutionId id;
  std::string status;  // the wire word, or the phase's word while it is current; "" when its end is not known
  std::string verdict;  // "" while undecided or committed
  std::string text;
  std::string document;
  int64_t offered_wall = 0;
  int64_t closed_wall = 0;  // 0 while current
};

// Read-only access beside a running daemon (or without one). Never blocks the writer, never creates the
// journal. Texts and documents come without what URLs carry after '?', except in Load.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  virtual Result<State> Load() = 0;
  // Newest first.
  virtual Result<std::vector<PastExecution>> Executions(size_t limit) = 0;
  // Every execution of this job id, newest first.
  virtual Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) = 0;
  // In order.
  virtual Result<std::vector<HistoryEntry>> Entries(const ExecutionId& id) = 0;
};
// kNotFound: no journal there. kDenied: it is root's.
Result<std::unique_ptr<HistoryReader>> OpenHistory(const std::string& path);

}  // namespace kedge::store
