#include "store/journal.h"

#include <exception>
#include <optional>

#include "store/journal_file.h"
#include "store/load.h"
#include "store/write.h"

namespace kedge::store {
namespace {

class SqliteJournal : public Journal {
 public:
  SqliteJournal(JournalFile file, const JournalOptions& options)
      : file_(std::move(file)), options_(options) {}

  Result<State> Load() override {
    try {
      Result<State> state = LoadState(*file_.db);
      loaded_ = state.has_value();
      return state;
    } catch (const std::exception& e) {  // nlohmann/json, or no memory
      return Unexpected{ErrorKind::kUnavailable,
                        "cannot read the journal " + file_.db->path() + ": " + e.what()};
    }
  }

  Result<void> Commit(const State& before, const State& after,
                      const std::vector<HistoryEntry>& history) override {
    if (broken_) return Unexpected(*broken_);
    try {
      if (loaded_) return Write(before, after, history);
      // Opened anew after a failure: what the file holds may be newer than what the caller believes.
      const Result<State> held = Load();
      return held ? Write(*held, after, history) : Result<void>(Unexpected(held.error()));
    } catch (const std::exception& e) {
      RollBack();
      return Unexpected{ErrorKind::kUnavailable,
                        "cannot write the journal " + file_.db->path() + ": " + e.what()};
    }
  }

 private:
  Result<void> Write(const State& before, const State& after, const std::vector<HistoryEntry>& history) {
    Connection& db = *file_.db;
    if (db.Execute("BEGIN IMMEDIATE") && StateWriter(db, options_, before, after).Write(history) &&
        db.Execute("COMMIT")) {
      return {};
    }
    if (!db.failed()) {
      RollBack();
      return Unexpected{ErrorKind::kInvalid, "the journal " + db.path() +
                                                 " does not hold the state that the change "
                                                 "starts from; nothing was written"};
    }
    Error failure = db.TakeFailure("cannot write the journal");
    RollBack();
    if (failure.kind == ErrorKind::kIo || failure.kind == ErrorKind::kCorrupt) {
      failure.message += "; it is not written again before it is opened anew";
      broken_ = failure;
    } else {
      failure.message += "; nothing of this change was kept";
    }
    return Unexpected(std::move(failure));
  }

  void RollBack() {
    // Some errors roll back by themselves; whether the rest succeeds changes nothing that could be done.
    if (file_.db->failed()) file_.db->TakeFailure("");
    if (file_.db->InTransaction() && !file_.db->Execute("ROLLBACK")) file_.db->TakeFailure("");
  }

  JournalFile file_;
  const JournalOptions options_;
  bool loaded_ = false;          // the caller knows what the file holds
  std::optional<Error> broken_;  // why nothing is written any more
};

}  // namespace

Result<std::unique_ptr<Journal>> OpenJournal(const std::string& path, const JournalOptions& options) {
  try {
    Result<JournalFile> file = OpenForWriting(path);
    if (!file) return Unexpected(file.error());
    return std::unique_ptr<Journal>(std::make_unique<SqliteJournal>(std::move(*file), options));
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot open the journal " + path + ": " + e.what()};
  }
}

}  // namespace kedge::store
