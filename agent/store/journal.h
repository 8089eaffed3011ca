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

#include "core/past_execution.h"
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
  // the same error until StartAnew succeeds or the journal is opened anew, for a failed fsync loses data and
  // a second one says nothing about it (reference A.1); whether that commit is in the file is then known by
  // Load only. Never throws.
  virtual Result<void> Commit(const State& before, const State& after,
                              const std::vector<HistoryEntry>& history) = 0;
  // Gives the space of the reserve back to the file system, so that a Commit which failed with kUnavailable
  // for want of room can be tried again; meant for work that undoes or stops. True: there was something to
  // give. The reserve is made again by itself, some commits later, once there is room.
  virtual bool FreeReserve() = 0;
  // Goes on with a new file that holds `state` (what the caller knows), after kIo or kCorrupt. The failed
  // files are renamed (`path`.failed-N), never read, written or synced again; three such sets are kept. The
  // history is lost, and a line of the current execution says `why` ("journal-anew"; without a current one a
  // line of the quarantine's, or of the newest of the ledger; else there is none). Only a journal that could
  // not even be opened for writing is gone on with, history and all, when it now can be. After an error
  // nothing is lost that was not lost before, and it may be called again. Never throws.
  virtual Result<void> StartAnew(const State& state, const std::string& why) = 0;
};

struct JournalOptions {
  size_t keep_executions = 1000;  // the history forgets older ones; those that State has are always kept
  int64_t keep_bytes = 16 * 1024 * 1024;  // and more of them when the file's content is larger than this
  // History entries of one execution: at most this many (at least 1), of which the last then says that it and
  // further ones are left out.
  int64_t keep_entries = 1000;
  // Set aside beside the journal for undoing on a full disk; what it has to last for: JOURNAL.md. 0: nothing.
  int64_t reserve_bytes = 1024 * 1024;
};

// Opens or creates `path` (folder made, mode 0700; file 0600) and locks it (`path`.lock) for the life of the
// object: a second daemon gets kBusy with a sentence that names the path. kInvalid for a journal of a newer
// schema version, for a file that is not a Kedge journal, for a symbolic link; kCorrupt for a damaged one. A
// document in the file is exact while its execution is current or stranded; the history keeps it, and every
// entry, without what URLs carry after '?'.
Result<std::unique_ptr<Journal>> OpenJournal(const std::string& path, const JournalOptions& options = {});

struct OpenedJournal {
  std::unique_ptr<Journal> journal;
  // Empty: all is well. Otherwise a sentence for people: what happened, where the evidence is, what is next.
  std::string trouble;
  // What was committed before is not known: Load gives State{}. False with `trouble`: read, but not to be
  // written.
  bool state_lost = false;
};

// As OpenJournal, but a journal that cannot be used is no reason to stop:
//   * damaged, contradictory, of a newer schema, not a Kedge journal: renamed to `path`.failed-N, a new one
//   begins;
//   * missing or empty although its marker (`path`.reserve) is there: a new one begins;
//   * not to be written (read-only, disk full, I/O error): what can be read of it is served by Load, else
//     State{}; Commit gives kIo with the reason until StartAnew succeeds.
// A new one is made by the first Commit; until then each opening gives `trouble` again. So that first Commit
// must carry what the caller makes of it (a quarantine). kBusy, kDenied and a symbolic link (kInvalid) remain
// errors.
Result<OpenedJournal> OpenOrReplaceJournal(const std::string& path, const JournalOptions& options = {});

// Which executions. What is empty or absent does not narrow.
struct HistoryQuery {
  std::string job{};                    // a pattern as of a shell: * ? [a-z]
  std::vector<std::string> statuses{};  // wire words; IN_PROGRESS is the current one, whatever its phase
  std::vector<std::string> verdicts{};  // of executions that are over: safe, unknown, unsafe
  std::optional<int64_t> since{};       // offered then or later; milliseconds since the epoch
  std::optional<int64_t> until{};       // offered before
  size_t limit = 20;
  size_t skip = 0;  // newer ones
};

// How many executions of the history have ended so.
struct PastEnd {
  std::string status;
  std::string verdict;  // "": nothing had to be undone
  int64_t count = 0;
};

// Read-only access beside a running daemon (or without one). Never blocks the writer, never creates the
// journal. Texts and documents come without what URLs carry after '?', except in Load.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  virtual Result<State> Load() = 0;
  // Newest first.
  virtual Result<std::vector<PastExecution>> Executions(const HistoryQuery& query) = 0;
  // Every execution of this job id, newest first.
  virtual Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) = 0;
  // Of all executions that are over, in no order.
  virtual Result<std::vector<PastEnd>> Ends() = 0;
  // In order.
  virtual Result<std::vector<HistoryEntry>> Entries(const ExecutionId& id) = 0;
};
// kNotFound: no journal there. kDenied: it is root's. kInvalid: of a newer schema, or of an older one, which
// kedged brings up to date when it starts.
Result<std::unique_ptr<HistoryReader>> OpenHistory(const std::string& path);

// What a look at the journal shows, for `kedge doctor`.
struct JournalFacts {
  State state;
  int64_t schema = 0;
  int64_t executions = 0;   // in the history
  int64_t newest_wall = 0;  // of the history's newest line; 0: it has none
  int64_t bytes = 0;        // of the database and its log
};
// Reads and checks all of it, beside a running daemon or without one, and writes nothing. Errors: as
// OpenHistory; kCorrupt for a damaged one.
Result<JournalFacts> InspectJournal(const std::string& path);

}  // namespace kedge::store
