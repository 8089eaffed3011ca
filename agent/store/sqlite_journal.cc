#include "store/sqlite_journal.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>

#include "store/evidence.h"
#include "store/journal_file.h"
#include "store/load.h"
#include "store/write.h"

namespace kedge::store {
namespace {

// Pages of the log that are copied into the database: a 2 MiB log, about every hundred commits.
constexpr int kCheckpointPages = 512;
// While there is no reserve, so that the log does not take the room of what has to be written.
constexpr int kFrugalPages = 32;

void RollBack(Connection& db) {
  // Some errors roll back by themselves; whether the rest succeeds changes nothing that could be done.
  if (db.failed()) db.TakeFailure("");
  if (db.InTransaction() && !db.Execute("ROLLBACK")) db.TakeFailure("");
}

bool IsFinal(ErrorKind kind) { return kind == ErrorKind::kIo || kind == ErrorKind::kCorrupt; }

void RemoveDatabase(const std::string& path) {
  for (const char* file : {"", "-wal", "-shm"}) unlink((path + file).c_str());
}

// The execution that a state is about; null: none.
const ExecutionId* Subject(const State& state) {
  if (state.current) return &state.current->id;
  if (state.quarantine) return &state.quarantine->by;
  return state.ledger.empty() ? nullptr : &state.ledger.front().id;
}

int64_t WallNow() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

SqliteJournal::SqliteJournal(std::string path, const JournalOptions& options, Opened opened)
    : path_(std::move(path)),
      options_(options),
      lock_(std::move(opened.lock)),
      db_(std::move(opened.db)),
      reserve_(path_, options.reserve_bytes),
      held_(std::move(opened.held)),
      broken_(std::move(opened.broken)),
      untouched_(opened.untouched) {
  if (db_) reserve_.Make();
}

SqliteJournal::~SqliteJournal() = default;

Result<State> SqliteJournal::Load() {
  if (!db_) return held_;
  try {
    Result<State> state = LoadState(*db_);
    if (state && !loaded_ && !broken_ && HasLog(path_)) {
      // Commits that a power cut tore are still behind the log's end. Written over from its start they are
      // never taken for damage (log_scan.h).
      if (!db_->Checkpoint()) Break(db_->TakeFailure("cannot write the journal"));
    }
    loaded_ = loaded_ || state.has_value();
    return state;
  } catch (const std::exception& e) {  // nlohmann/json, or no memory
    return Unexpected{ErrorKind::kUnavailable, "cannot read the journal " + path_ + ": " + e.what()};
  }
}

Result<void> SqliteJournal::Commit(const State& before, const State& after,
                                   const std::vector<HistoryEntry>& history) {
  if (broken_) return Unexpected(*broken_);
  try {
    if (!db_) return WriteAnew(after, history);
    // Opened anew after a failure: what the file holds may be newer than what the caller believes.
    const Result<State> held = loaded_ ? before : Load();
    if (!held) return Unexpected(held.error());
    if (broken_) return Unexpected(*broken_);
    auto written = Write(*db_, *held, after, history);
    if (written) Tidy();
    return written;
  } catch (const std::exception& e) {
    if (db_) RollBack(*db_);
    return Unexpected{ErrorKind::kUnavailable, "cannot write the journal " + path_ + ": " + e.what()};
  }
}

Result<void> SqliteJournal::Write(Connection& db, const State& before, const State& after,
                                  const std::vector<HistoryEntry>& history) {
  if (db.Execute("BEGIN IMMEDIATE") && StateWriter(db, options_, before, after).Write(history) &&
      db.Execute("COMMIT")) {
    return {};
  }
  if (!db.failed()) {
    RollBack(db);
    return Unexpected{ErrorKind::kInvalid, "the journal " + db.path() +
                                               " does not hold the state that the change "
                                               "starts from; nothing was written"};
  }
  Error failure = db.TakeFailure("cannot write the journal");
  RollBack(db);
  if (IsFinal(failure.kind) && &db == db_.get()) {
    Break(std::move(failure));
    return Unexpected(*broken_);
  }
  failure.message += "; nothing of this change was kept";
  return Unexpected(std::move(failure));
}

void SqliteJournal::Break(Error failure) {
  failure.message += "; it is not written again before it is opened anew";
  broken_ = std::move(failure);
  db_->LeaveFilesAlone(true);  // closing would write and sync once more
}

// What follows a commit, which stands whatever becomes of this.
void SqliteJournal::Tidy() {
  if (db_->log_pages() >= (reserve_.whole() ? kCheckpointPages : kFrugalPages) && !db_->Checkpoint())
    Break(db_->TakeFailure("cannot write the journal"));
  reserve_.AfterCommit();
}

bool SqliteJournal::FreeReserve() { return reserve_.Free(); }

Result<void> SqliteJournal::StartAnew(const State& state, const std::string& why) {
  try {
    if (!lock_) {
      auto lock = LockJournal(path_);
      if (!lock) return Unexpected(lock.error());
      lock_ = std::move(*lock);
    }
    if (Resume()) return Commit(held_, state, {});
    std::vector<HistoryEntry> history;
    if (const ExecutionId* about = Subject(state)) {
      history.push_back({*about,
                         WallNow(),
                         "journal-anew",
                         {},
                         "the journal was begun anew, its history is lost: " + why,
                         ""});
    }
    return WriteAnew(state, history);
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot begin the journal " + path_ + " anew: " + e.what()};
  }
}

// A file that nothing was written to when it could not be opened (no room, read-only) is as good as it was.
bool SqliteJournal::Resume() {
  if (!untouched_) return false;
  auto db = OpenForWriting(path_, IfMissing::kRefuse);
  const auto state = db ? LoadState(**db) : Result<State>(Unexpected(db.error()));
  if (!state || *state != held_) return false;
  db_ = std::move(*db);
  untouched_ = false;
  loaded_ = true;
  broken_.reset();
  reserve_.Make();
  return true;
}

// A whole journal under another name: until it is complete, nothing else changes.
Result<void> SqliteJournal::BuildBeside(const std::string& name, const State& state,
                                        const std::vector<HistoryEntry>& history) {
  RemoveDatabase(name);
  auto db = OpenForWriting(name, IfMissing::kCreate);
  if (!db) return Unexpected(db.error());
  if (auto written = Write(**db, {}, state, history); !written) return written;
  if (!(*db)->CheckpointAll()) return Unexpected((*db)->TakeFailure("cannot write the journal"));
  return {};
}

Result<void> SqliteJournal::WriteAnew(const State& state, const std::vector<HistoryEntry>& history) {
  const std::string name = path_ + ".new";
  if (auto built = BuildBeside(name, state, history); !built) {
    RemoveDatabase(name);
    return built;
  }
  if (db_) {
    db_->LeaveFilesAlone(true);
    db_.reset();
    held_ = Durable(state);  // nobody knows better, should the rest fail
    if (!broken_) broken_ = Error{ErrorKind::kIo, "the journal " + path_ + " was set aside"};
  }
  untouched_ = false;
  // Between here and the last rename there is no journal, and its mark: a power cut leaves one that is
  // missing, not one that is believed.
  if (auto aside = SetAside(path_); !aside) return Unexpected(aside.error());
  if (std::rename(name.c_str(), path_.c_str()) != 0)
    return Unexpected(sys::ErrnoError("rename " + name, errno));
  if (auto synced = SyncFolder(FolderOf(path_)); !synced) return synced;
  auto db = OpenForWriting(path_, IfMissing::kRefuse);
  if (!db) return Unexpected(db.error());
  db_ = std::move(*db);
  loaded_ = true;
  broken_.reset();
  reserve_.Make();
  return {};
}

}  // namespace kedge::store
