// A journal that cannot be used is no reason to stop: what the daemon gets in its place, and what becomes of
// it.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "checked.h"
#include "life.h"
#include "small_disk.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A journal in which a job is going on, its newest commits in the log as a kill leaves it.
State Fill(const std::string& path) {
  State state;
  const auto life = Life();
  {
    const auto journal = Must(OpenJournal(path));
    for (size_t i = 0; i < 20; ++i) {
      Must(journal->Commit(state, life[i].after, life[i].history));
      state = life[i].after;
    }
    for (const char* file : {"", "-wal"}) fs::copy_file(path + file, path + ".killed" + file);
  }
  for (const char* file : {"", "-wal"}) fs::rename(path + ".killed" + file, path + file);
  return Durable(state);
}

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(db);
  REQUIRE(code == SQLITE_OK);
}

State Quarantined() {
  State state;
  state.quarantine = Quarantine{{{"none"}, 0, 0}, "the journal was lost", 5};
  return state;
}

// What is expected of a journal whose state is lost, at `path`: an empty one, until the first commit is made.
void CheckReplaced(const std::string& path, const std::string& words) {
  for (int opening = 1; opening <= 2; ++opening) {
    CAPTURE(opening);
    const auto opened = Must(OpenOrReplaceJournal(path));
    CHECK(opened.state_lost);
    CHECK(Has(opened.trouble, path));
    CHECK(Has(opened.trouble, "check the device by hand"));
    if (opening == 1) CHECK(Has(opened.trouble, words));
    CHECK((Must(opened.journal->Load()) == State{}));
  }
  {
    const auto opened = Must(OpenOrReplaceJournal(path));
    Must(opened.journal->Commit({}, Quarantined(), {}));
    CHECK((Must(opened.journal->Load()) == Quarantined()));
  }
  const auto opened = Must(OpenOrReplaceJournal(path));
  CHECK(opened.trouble == "");
  CHECK((Must(opened.journal->Load()) == Quarantined()));
}

// Reads a journal on a disk that became read-only, and goes on with it when that is over.
std::string ReadOnly(const std::string& folder, const std::string& path) {
  const State state = Fill(path);
  if (!SetReadOnly(folder, true)) return "cannot remount";
  const auto opened = OpenOrReplaceJournal(path);
  if (!opened) return opened.error().message;
  if (opened->state_lost || !Has(opened->trouble, "Read-only file system"))
    return "trouble: " + opened->trouble;
  if (*opened->journal->Load() != state) return "another state was read";
  for (int i = 0; i < 2; ++i) {
    const auto refused = opened->journal->Commit(state, State{}, {});
    if (refused || refused.error().kind != ErrorKind::kIo) return "a commit was not refused with kIo";
    if (!Has(refused.error().message, "Read-only file system")) return refused.error().message;
  }
  if (opened->journal->StartAnew(state, "test")) return "begun anew on a read-only disk";
  if (!SetReadOnly(folder, false)) return "cannot remount again";
  if (const auto anew = opened->journal->StartAnew(state, "test"); !anew) return anew.error().message;
  State after = state;
  after.boot_id = "writable";
  if (const auto done = opened->journal->Commit(state, after, {}); !done) return done.error().message;
  if (OpenOrReplaceJournal(path).error().kind != ErrorKind::kBusy) return "not locked";
  if (fs::exists(path + ".failed-1")) return "an unharmed journal was set aside";
  if ((*OpenHistory(path))->Entries(state.current->id)->empty()) return "the history is lost";
  return *opened->journal->Load() == after ? "" : "another state afterwards";
}

std::string FullAtFirst(const std::string& folder, const std::string& path) {
  FillDisk(folder + "/filler");
  const auto opened = OpenOrReplaceJournal(path);
  if (!opened) return opened.error().message;
  if (!opened->state_lost || opened->trouble.empty()) return "no trouble on a full disk";
  if (*opened->journal->Load() != State{}) return "not the empty state";
  const auto refused = opened->journal->Commit({}, Quarantined(), {});
  if (refused || refused.error().kind != ErrorKind::kIo) return "a commit was not refused with kIo";
  fs::remove(folder + "/filler");
  if (const auto anew = opened->journal->StartAnew(Quarantined(), "test"); !anew) return anew.error().message;
  return *opened->journal->Load() == Quarantined() ? "" : "another state after it was begun anew";
}

}  // namespace

TEST_CASE("a journal in order is opened without a word, also after a kill") {
  TempFolder folder;
  const auto first = Must(OpenOrReplaceJournal(folder / "new/journal.db"));
  CHECK(first.trouble == "");
  CHECK((Must(first.journal->Load()) == State{}));
  const State state = Fill(folder / "journal.db");
  const auto opened = Must(OpenOrReplaceJournal(folder / "journal.db"));
  CHECK(opened.trouble == "");
  CHECK(!opened.state_lost);
  CHECK((Must(opened.journal->Load()) == state));
}

TEST_CASE("a journal that cannot be believed becomes evidence, byte for byte, and a new one begins") {
  struct Case {
    const char* damage;
    const char* words;
  };
  for (const Case& c : {Case{"PRAGMA user_version = 7", "newer Kedge"},
                        Case{"PRAGMA application_id = 5", "is not a journal of Kedge"},
                        Case{"DELETE FROM meta", "cannot be believed"},
                        Case{"UPDATE current SET version = version + 1", "cannot be believed"},
                        Case{"DROP TABLE step", "no such table"}}) {
    CAPTURE(c.damage);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    Fill(path);
    Sql(path, c.damage);
    const std::string bytes = ReadAll(path);
    CheckReplaced(path, c.words);
    CHECK(ReadAll(path + ".failed-1") == bytes);
    CHECK(!fs::exists(path + ".failed-2"));
  }
}

TEST_CASE("a file that is no database becomes evidence too") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  std::ofstream(path) << std::string(5000, 'x');
  CheckReplaced(path, "journal.db.failed-1");
  CHECK(ReadAll(path + ".failed-1") == std::string(5000, 'x'));
}

TEST_CASE("a log that is damaged before its last commit is not taken for one that a power cut tore") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  Fill(path);
  std::string log = ReadAll(path + "-wal");
  log[log.size() / 2] = static_cast<char>(log[log.size() / 2] ^ 1);
  std::ofstream(path + "-wal", std::ios::binary) << log;
  const std::string database = ReadAll(path);
  CHECK(OpenJournal(path).error().kind == ErrorKind::kCorrupt);
  CheckReplaced(path, "log is damaged");
  CHECK(ReadAll(path + ".failed-1") == database);
  CHECK(ReadAll(path + ".failed-1-wal") == log);
}

TEST_CASE("a journal that is gone, or empty, is missed") {
  for (const bool empty : {false, true}) {
    CAPTURE(empty);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    Fill(path);
    const std::string log = ReadAll(path + "-wal");
    fs::remove(path);
    if (empty) std::ofstream(path).flush();
    CheckReplaced(path, "is gone, although there was one");
    CHECK(ReadAll(path + ".failed-1-wal") == log);  // the only thing left of it
  }
}

TEST_CASE("three sets of evidence are kept, the oldest goes") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  for (int i = 1; i <= 5; ++i) {
    std::ofstream(path) << "broken " << i;
    std::ofstream(path + "-wal") << "log " << i;
    CHECK(Has(Must(OpenOrReplaceJournal(path)).trouble, path + ".failed-" + std::to_string(i)));
  }
  for (int i = 1; i <= 5; ++i) {
    const std::string name = path + ".failed-" + std::to_string(i);
    CHECK(fs::exists(name) == (i > 2));
    CHECK(fs::exists(name + "-wal") == (i > 2));
    if (i > 2) CHECK(ReadAll(name) == "broken " + std::to_string(i));
  }
}

TEST_CASE("a second daemon, a symbolic link and a folder in its place remain errors") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  const auto first = Must(OpenOrReplaceJournal(path));
  CHECK(OpenOrReplaceJournal(path).error().kind == ErrorKind::kBusy);
  fs::create_symlink(path, folder / "link.db");
  CHECK(OpenOrReplaceJournal(folder / "link.db").error().kind == ErrorKind::kInvalid);
  fs::create_directory(folder / "folder.db");
  CHECK(OpenOrReplaceJournal(folder / "folder.db").error().kind == ErrorKind::kInvalid);
  CHECK(fs::is_symlink(folder / "link.db"));
}

TEST_CASE(
    "a journal on a read-only disk is read with its log, served, and gone on with when it can be written") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "4m", [&] { return ReadOnly(folder / "", folder / "journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("without room for a first journal the agent runs without one") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "2m", [&] { return FullAtFirst(folder / "", folder / "journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

}  // namespace kedge::store
