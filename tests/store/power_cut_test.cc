// The power goes at any moment: what is found afterwards is one of the states that were committed, whole.
#include <doctest/doctest.h>

#include <filesystem>

#include "checked.h"
#include "random_state.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

// The journal as the disk would have it: database and log, not the log's index, which is memory.
void CopyJournal(const std::string& from, const std::string& to) {
  constexpr auto kOver = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(from, to, kOver);
  std::filesystem::remove(to + "-shm");
  std::filesystem::copy_file(from + "-wal", to + "-wal", kOver);
}

State Reopen(const std::string& path) { return Must(Must(OpenJournal(path))->Load()); }

}  // namespace

TEST_CASE("a power cut after a commit finds that commit") {
  TempFolder folder;
  RandomState random(3);
  const auto journal = Must(OpenJournal(folder / "journal.db"));
  State before = Must(journal->Load());
  for (int step = 1; step <= 150; ++step) {
    CAPTURE(step);
    const State after = random.After(before);
    Must(journal->Commit(before, after, random.History(after)));
    CopyJournal(folder / "journal.db", folder / "cut.db");
    CHECK((Reopen(folder / "cut.db") == Durable(after)));
    before = after;
  }
}

TEST_CASE("a log that was cut anywhere gives the last or an earlier state, never a mixture") {
  TempFolder folder;
  RandomState random(5);
  std::vector<State> committed;
  {
    const auto journal = Must(OpenJournal(folder / "journal.db"));
    committed.push_back(Must(journal->Load()));
    for (int step = 1; step <= 12; ++step) {
      const State after = random.After(committed.back());
      Must(journal->Commit(committed.back(), after, random.History(after)));
      committed.push_back(Durable(after));
    }
    CopyJournal(folder / "journal.db", folder / "whole.db");
  }
  const auto size = static_cast<int64_t>(std::filesystem::file_size(folder / "whole.db-wal"));
  REQUIRE(size > 20 * 4096);
  size_t found = 0;  // the longer the log, the newer the state
  for (int64_t cut = 0; cut <= size; cut += 512) {
    CAPTURE(cut);
    CopyJournal(folder / "whole.db", folder / "cut.db");
    std::filesystem::resize_file(folder / "cut.db-wal", static_cast<uintmax_t>(cut));
    // Before the first commit is whole, so is the journal's creation not, and it is a new one.
    const State state = Reopen(folder / "cut.db");
    while (found < committed.size() && state != committed[found]) ++found;
    REQUIRE(found < committed.size());
  }
  CopyJournal(folder / "whole.db", folder / "cut.db");
  CHECK((Reopen(folder / "cut.db") == committed.back()));
  CHECK(found >= committed.size() - 2);
}

}  // namespace kedge::store
