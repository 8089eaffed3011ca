// After a write that cannot be trusted: a new file, and the failed one is touched no more.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "checked.h"
#include "faulty_disk.h"
#include "life.h"
#include "random_state.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A journal whose last commit failed: what it held before, and what the agent wanted.
struct Failed {
  std::unique_ptr<Journal> journal;
  State before, wanted;
};

Failed FailACommit(const std::string& path, size_t commits) {
  Failed failed;
  failed.journal = Must(OpenJournal(path));
  const auto life = Life();
  for (size_t i = 0; i < commits; ++i) {
    Must(failed.journal->Commit(failed.before, life[i].after, life[i].history));
    failed.before = life[i].after;
  }
  failed.wanted = life[commits].after;
  TheDisk().fail_syncs = true;
  const auto refused = failed.journal->Commit(failed.before, failed.wanted, life[commits].history);
  TheDisk().fail_syncs = false;
  REQUIRE(!refused);
  REQUIRE(refused.error().kind == ErrorKind::kIo);
  return failed;
}

}  // namespace

TEST_CASE("begun anew, the journal holds what the agent knows, and says why its history is gone") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto [journal, before, wanted] = FailACommit(path, 20);
  const std::string database = ReadAll(path);
  const std::string log = ReadAll(path + "-wal");
  Must(journal->StartAnew(wanted, "fsync failed"));
  CHECK((Must(journal->Load()) == Durable(wanted)));
  CHECK(ReadAll(path + ".failed-1") == database);
  CHECK(ReadAll(path + ".failed-1-wal") == log);
  State later = wanted;
  later.boot_id = "later";
  Must(journal->Commit(wanted, later, {}));
  {
    const auto reader = Must(OpenHistory(path));
    const auto entries = Must(reader->Entries(wanted.current->id));
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].kind == "journal-anew");
    CHECK(entries[0].text.find("fsync failed") != std::string::npos);
    CHECK(Must(reader->Executions({.limit = 100})).size() == wanted.ledger.size() + 1);
  }
  journal.reset();
  const auto opened = Must(OpenOrReplaceJournal(path));
  CHECK(opened.trouble == "");
  CHECK((Must(opened.journal->Load()) == Durable(later)));
  CHECK(ReadAll(path + ".failed-1-wal") == log);
}

TEST_CASE("any state can be begun anew with") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    TempFolder folder;
    RandomState random(seed);
    const State state = random.Make();
    const auto journal = Must(OpenJournal(folder / "journal.db"));
    Must(journal->StartAnew(state, "why"));
    CHECK((Must(journal->Load()) == Durable(state)));
    const State after = random.After(state);
    Must(journal->Commit(state, after, random.History(after)));
    CHECK((Must(journal->Load()) == Durable(after)));
  }
}

TEST_CASE("while the disk still fails nothing is begun, and the failed files stay where they are") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto [journal, before, wanted] = FailACommit(path, 20);
  const std::string database = ReadAll(path);
  const std::string log = ReadAll(path + "-wal");
  TheDisk().fail_syncs = true;
  CHECK(!journal->StartAnew(wanted, "why"));
  CHECK(!journal->StartAnew(wanted, "why"));
  TheDisk().fail_syncs = false;
  CHECK(ReadAll(path) == database);
  CHECK(ReadAll(path + "-wal") == log);
  CHECK(journal->Commit(before, wanted, {}).error().kind == ErrorKind::kIo);
  CHECK(!std::filesystem::exists(path + ".new"));
  Must(journal->StartAnew(wanted, "why"));
  CHECK((Must(journal->Load()) == Durable(wanted)));
}

TEST_CASE("a failed journal that is closed is not synced once more") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto [journal, before, wanted] = FailACommit(path, 20);
  const std::string log = ReadAll(path + "-wal");
  const int syncs = TheDisk().syncs;
  journal.reset();
  CHECK(TheDisk().syncs == syncs);
  CHECK(ReadAll(path + "-wal") == log);
}

TEST_CASE(
    "an fsync that fails while the log goes into the database ends the writing, not the commit before it") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  const auto journal = Must(OpenJournal(path));
  State state;
  state.boot_id = "first";
  Must(journal->Commit({}, state, {}));  // it syncs the log's header as well
  // Each commit syncs the log once; from the first checkpoint on there are more.
  for (int64_t number = 1; number < 1000; ++number) {
    State after = state;
    after.boot_id = "boot " + std::to_string(number) + std::string(40000, 'x');
    const int syncs = TheDisk().syncs;
    TheDisk().pass_syncs = 1;
    TheDisk().fail_syncs = true;
    const auto done = journal->Commit(state, after, {});
    TheDisk().fail_syncs = false;
    if (!done) {
      CHECK(done.error().kind == ErrorKind::kIo);
      CHECK(TheDisk().syncs == syncs);  // it was known from the one before
      CHECK((Must(journal->Load()) == state));
      Must(journal->StartAnew(state, "why"));
      CHECK((Must(journal->Load()) == state));
      return;
    }
    state = after;
  }
  FAIL("there was no checkpoint");
}

}  // namespace kedge::store
