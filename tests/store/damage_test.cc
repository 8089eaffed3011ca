// The disk lies: what cannot be believed is refused with a sentence, and never taken for a state.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "checked.h"
#include "life.h"
#include "random_state.h"
#include "sample_job.h"
#include "store/codec.h"
#include "store/journal.h"
#include "store/row_io.h"
#include "store/rows.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

// Commits of Life(): in between every table changes.
constexpr size_t kOlder = 51, kNewer = 56;

State Fill(const std::string& path) {
  RandomState random(11);
  const auto journal = Must(OpenJournal(path));
  State state = Must(journal->Load());
  for (int step = 1; step <= 8; ++step) {
    State after = random.After(state);
    if (step == 8) after = Offer(after, {{"last"}, 1, 1}, OneStepDocument("curl,https://h?s=1")).after;
    Must(journal->Commit(state, after, random.History(after)));
    state = after;
  }
  return Durable(state);
}

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(db);
  REQUIRE(code == SQLITE_OK);
}

// Gives the changed row of `current` the checksum that fits it.
void ResealCurrent(const std::string& path) {
  const auto db = Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE));
  Damage damage;
  const auto rows = Fetch<CurrentRow>(*db, damage, "");
  REQUIRE(rows.size() == 1);
  REQUIRE(db->Execute("PRAGMA ignore_check_constraints = ON"));
  REQUIRE(Update(*db, rows.front()));
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Opens and loads; nullopt when it was refused, as it should be with a sentence that names the file.
std::optional<State> Believe(const std::string& path, bool must_be_corrupt) {
  auto journal = OpenJournal(path);
  Result<State> state = journal ? (*journal)->Load() : Result<State>(Unexpected(journal.error()));
  if (state) return *state;
  CHECK(state.error().message.find(path) != std::string::npos);
  if (must_be_corrupt) CHECK(state.error().kind == ErrorKind::kCorrupt);
  return std::nullopt;
}

// Fills a journal; `older` is a copy of it from some commits before.
State FillTwice(const std::string& path, const std::string& older) {
  State state;
  const auto life = Life();
  for (const auto& [begin, end] : {std::pair<size_t, size_t>{0, kOlder}, {kOlder, kNewer}}) {
    if (begin == kOlder) std::filesystem::copy_file(path, older);
    const auto journal = Must(OpenJournal(path));
    Must(journal->Load());
    for (size_t i = begin; i < end; ++i) {
      Must(journal->Commit(state, life[i].after, life[i].history));
      state = life[i].after;
    }
  }
  return Durable(state);
}

}  // namespace

TEST_CASE("a bit that flips anywhere in the file is noticed, or changed nothing") {
  TempFolder folder;
  const State state = Fill(folder / "whole.db");
  const std::string whole = ReadAll(folder / "whole.db");
  REQUIRE(whole.size() > 10 * 4096);
  const std::string path = folder / "flipped.db";
  int refused = 0;
  for (size_t at = 0; at < whole.size(); at += at < 200 ? 1 : 43) {
    const auto bit = static_cast<char>(1 << (at % 8));
    CAPTURE(at);
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ bit);
    for (const char* rest : {"-wal", "-shm"}) std::filesystem::remove(path + rest);
    std::ofstream(path, std::ios::binary) << flipped;
    const auto believed =
        Believe(path, at >= 100);  // in the header it may look like a newer or a foreign file
    if (believed)
      CHECK((*believed == state));
    else
      ++refused;
    if (auto reader = OpenHistory(path)) {  // may refuse, may not crash
      if (const auto listed = (*reader)->Executions({.limit = 100})) {
        for (const auto& execution : *listed) static_cast<void>((*reader)->Entries(execution.id));
      }
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("damage to a page that holds no state is noticed all the same") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  Fill(path);
  size_t page = 0;
  {
    const auto db = Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE));
    page = static_cast<size_t>(db->Number("SELECT rootpage FROM sqlite_schema WHERE name = 'history'"));
  }
  std::string damaged = ReadAll(path);
  damaged.replace((page - 1) * 4096, 4096, 4096, 'x');
  std::ofstream(path, std::ios::binary) << damaged;
  CHECK(!Believe(path, true));
}

TEST_CASE("a value changed behind the agent's back is not believed") {
  for (const char* sql : {
           "UPDATE current SET version = version + 1",
           "UPDATE current SET phase = 'running'",
           "UPDATE execution SET status = 'SUCCEEDED', closed_wall = 5",
           "UPDATE current SET update_attempts = update_attempts + 1",
           "UPDATE meta SET next_task = 1",
           "DELETE FROM meta",
           "UPDATE document SET text = 'x'",
           "DELETE FROM execution WHERE seq = (SELECT execution FROM current)",
           "ALTER TABLE current RENAME TO other",
           "ALTER TABLE step RENAME COLUMN out TO stdout",
           "DROP VIEW outbox; CREATE VIEW outbox AS SELECT * FROM current",
           "ALTER TABLE meta ADD COLUMN more TEXT",
       }) {
    CAPTURE(sql);
    TempFolder folder;
    Fill(folder / "journal.db");
    Sql(folder / "journal.db", sql);
    CHECK(!Believe(folder / "journal.db", true));
  }
}

TEST_CASE("what another tool adds without touching a table is none of the agent's business") {
  TempFolder folder;
  const State state = Fill(folder / "journal.db");
  Sql(folder / "journal.db", "ANALYZE; CREATE INDEX mine ON execution (job)");
  CHECK((Believe(folder / "journal.db", false) == state));
}

TEST_CASE("a table as it was some commits ago, among newer ones, is not believed") {
  for (const std::string table :
       {"meta", "execution", "ledger", "current", "document", "step", "quarantine"}) {
    CAPTURE(table);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    const State state = FillTwice(path, folder / "older.db");
    REQUIRE((Believe(path, true) == state));
    Sql(path, "ATTACH '" + (folder / "older.db") + "' AS older; DELETE FROM main." + table +
                  "; INSERT INTO main." + table + " SELECT * FROM older." + table);
    CHECK(!Believe(path, true));
  }
}

TEST_CASE("rows that belong to no execution are not believed, whole as they are") {
  const auto add = [](const std::string& path, const auto& row) {
    const auto db = Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE));
    REQUIRE(Store(*db, "INSERT", row));
  };
  TempFolder folder;
  StepRow step = EncodeStep({}, 0);
  step.slot = 99;
  Fill(folder / "step.db");
  add(folder / "step.db", step);
  CHECK(!Believe(folder / "step.db", true));
  Fill(folder / "document.db");
  add(folder / "document.db", DocumentRow{99, OneStepDocument("true")});
  CHECK(!Believe(folder / "document.db", true));
}

TEST_CASE("words, lists and numbers that no agent wrote are refused even with a right checksum") {
  // A later version, or a fault of this one, may have written them: the checksum is then right.
  struct Case {
    const char* change;
    const char* words;
  };
  for (const Case& c :
       {Case{"phase = 'sleeping'", "current.phase: 'sleeping'"}, Case{"version = -3", "current.version: -3"},
        Case{"cursor = 99", "current.cursor: 99"}, Case{"verbs = '{'", "current.verbs"},
        Case{"verbs = '[[\"fly\"]]'", "current.verbs"}, Case{"verbs = '[[],[]]'", "current.verbs"},
        Case{"differences = '[1]'", "current.differences"},
        Case{"undo_failures = 99999999999", "current.undo_failures"},
        Case{"task_id = 1, task_kind = 'dance', task_step = 0, task_guard = ''", "current.task_kind"},
        Case{"task_id = 1, task_kind = 'run', task_step = 7, task_guard = ''", "current.task_step"},
        Case{"verdict = 'maybe'", "current.verdict"}}) {
    CAPTURE(c.change);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    Fill(path);
    Sql(path, "PRAGMA ignore_check_constraints = ON; UPDATE current SET " + std::string(c.change));
    ResealCurrent(path);
    auto journal = OpenJournal(path);
    Result<State> state = journal ? (*journal)->Load() : Result<State>(Unexpected(journal.error()));
    REQUIRE(!state);
    CHECK(state.error().kind == ErrorKind::kCorrupt);
    CHECK(state.error().message.find(path) != std::string::npos);
    INFO(state.error().message);
    const bool by_the_schema = state.error().message.find("CHECK constraint failed") != std::string::npos;
    CHECK((by_the_schema || state.error().message.find(c.words) != std::string::npos));
  }
}

}  // namespace kedge::store
