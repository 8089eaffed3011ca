// The Journal of journal.h over a SQLite file. Private to store/.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/journal.h"
#include "store/reserve.h"
#include "store/sqlite.h"
#include "sys/files.h"

namespace kedge::store {

class SqliteJournal : public Journal {
 public:
  // What the files of a journal give to begin with.
  struct Opened {
    sys::Fd lock;                    // none: the file system could not give one
    std::unique_ptr<Connection> db;  // null: nothing to write to
    State held;                      // served by Load without `db`
    std::optional<Error>
        broken;              // why nothing is written; without `db` and this, the first Commit makes a file
    bool untouched = false;  // `held` was read from a file that could not be opened for writing
  };
  SqliteJournal(std::string path, const JournalOptions& options, Opened opened);
  ~SqliteJournal() override;

  Result<State> Load() override;
  Result<void> Commit(const State& before, const State& after,
                      const std::vector<HistoryEntry>& history) override;
  bool FreeReserve() override;
  Result<void> StartAnew(const State& state, const std::string& why) override;

 private:
  Result<void> Write(Connection& db, const State& before, const State& after,
                     const std::vector<HistoryEntry>& history);
  bool Resume();
  Result<void> WriteAnew(const State& state, const std::vector<HistoryEntry>& history);
  Result<void> BuildBeside(const std::string& name, const State& state,
                           const std::vector<HistoryEntry>& history);
  void Tidy();
  void Break(Error failure);

  std::string path_;
  JournalOptions options_;
  sys::Fd lock_;  // held as long as `db_` is open: members end in reverse order
  std::unique_ptr<Connection> db_;
  Reserve reserve_;
  State held_;
  std::optional<Error> broken_;
  bool untouched_;
  bool loaded_ = false;  // the caller knows what the file holds
};

}  // namespace kedge::store
