#include "store/journal.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "checked.h"
#include "fakes/memory_journal.h"
#include "faulty_disk.h"
#include "random_state.h"
#include "sample_job.h"
#include "store/schema.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

std::unique_ptr<Journal> Open(const std::string& path, const JournalOptions& options = {}) {
  return Must(OpenJournal(path, options));
}

State Load(Journal& journal) { return Must(journal.Load()); }

void Commit(Journal& journal, const State& before, const State& after,
            const std::vector<HistoryEntry>& history = {}) {
  Must(journal.Commit(before, after, history));
}

// Member by member, so that a failure says where.
void CheckSame(const State& loaded, const State& expected) {
  CHECK(loaded.next_task == expected.next_task);
  CHECK(loaded.boot_id == expected.boot_id);
  CHECK((loaded.quarantine == expected.quarantine));
  CHECK(loaded.ledger.size() == expected.ledger.size());
  CHECK((loaded.ledger == expected.ledger));
  CHECK(loaded.stranded.size() == expected.stranded.size());
  CHECK((loaded.stranded == expected.stranded));
  REQUIRE(loaded.current.has_value() == expected.current.has_value());
  if (loaded.current) {
    CHECK(loaded.current->document == expected.current->document);
    CHECK((loaded.current->plan == expected.current->plan));
    CHECK((loaded.current->steps == expected.current->steps));
    CHECK((loaded.current->update == expected.current->update));
    CHECK((loaded.current->cause == expected.current->cause));
    CHECK((loaded.current->findings == expected.current->findings));
  }
  CHECK((loaded == expected));
}

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(db);
  REQUIRE(code == SQLITE_OK);
}

unsigned ModeOf(const std::string& path) {
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("a new journal gives the empty state, in a folder and files for its owner only") {
  TempFolder folder;
  const std::string path = folder / "var/lib/kedge/journal.db";
  auto journal = Open(path);
  CheckSame(Load(*journal), State{});
  CHECK(ModeOf(folder / "var/lib/kedge") == 0700);
  CHECK(ModeOf(path) == 0600);
  CHECK(ModeOf(path + "-wal") == 0600);
  CHECK(ModeOf(path + ".lock") == 0600);
}

TEST_CASE("every member of a state comes back after a restart, whatever it holds") {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    TempFolder folder;
    RandomState random(seed);
    const State state = random.Make();
    {
      auto journal = Open(folder / "journal.db");
      Commit(*journal, Load(*journal), state, random.History(state));
      CheckSame(Load(*journal), Durable(state));
    }
    CheckSame(Load(*Open(folder / "journal.db")), Durable(state));
  }
}

TEST_CASE("after any sequence of commits the journal holds the last state") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    TempFolder folder;
    RandomState random(seed);
    auto journal = Open(folder / "journal.db", {.keep_executions = 70, .keep_bytes = 1 << 20});
    State before = Load(*journal);
    for (int step = 1; step <= 150; ++step) {
      CAPTURE(step);
      const State after = random.After(before);
      Commit(*journal, before, after, random.History(after));
      CheckSame(Load(*journal), Durable(after));
      before = after;
      if (random.Chance(5)) {
        journal.reset();
        journal = Open(folder / "journal.db", {.keep_executions = 70, .keep_bytes = 1 << 20});
        before = Load(*journal);
      }
    }
  }
}

TEST_CASE("an execution that stands in the ledger twice keeps both its ends") {
  TempFolder folder;
  auto journal = Open(folder / "journal.db");
  const ExecutionId id{{"again"}, 1, 7};
  State closed = Load(*journal);
  closed.ledger.push_front({id, JobStatus::kFailed, Verdict::kSafe, "first", 0, 1});
  Commit(*journal, Load(*journal), closed);
  const State offered = Offer(closed, id, OneStepDocument("true")).after;
  Commit(*journal, closed, offered);
  closed.ledger.push_front({id, JobStatus::kSucceeded, {}, "second", 0, 2});
  Commit(*journal, offered, closed);
  CheckSame(Load(*journal), closed);
}

TEST_CASE("every word of every list can be stored") {
  TempFolder folder;
  auto journal = Open(folder / "journal.db");
  State before = Load(*journal);
  State after = Offer(before, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  const auto commit = [&] {
    Commit(*journal, before, after);
    CheckSame(Load(*journal), Durable(after));
    before = after;
  };
  for (int i = 0; i <= static_cast<int>(Phase::kReporting); ++i) {
    after.current->phase = static_cast<Phase>(i);
    commit();
  }
  for (int i = 0; i <= static_cast<int>(StepPhase::kUndone); ++i) {
    after.current->steps[0].phase = static_cast<StepPhase>(i);
    commit();
  }
  for (int i = 0; i <= static_cast<int>(TaskKind::kVerifyGuard); ++i) {
    after.current->task = Task{1, static_cast<TaskKind>(i), 0, "files"};
    commit();
  }
  for (int i = 0; i <= static_cast<int>(CauseKind::kNotOurs); ++i) {
    after.current->cause = Cause{static_cast<CauseKind>(i), "text", {}, {}};
    commit();
  }
  for (int i = 0; i <= static_cast<int>(JobStatus::kCanceled); ++i) {
    after.current->cause->service_status = static_cast<JobStatus>(i);
    after.current->update = PendingUpdate{static_cast<JobStatus>(i), true, 1, 2, 3, "", 0};
    after.ledger.push_front({{{"old"}, i, 1}, static_cast<JobStatus>(i), {}, "", 0, 1});
    commit();
  }
  for (int i = 0; i <= static_cast<int>(Verdict::kUnsafe); ++i) {
    after.current->verdict = static_cast<Verdict>(i);
    after.ledger.front().verdict = static_cast<Verdict>(i);
    commit();
  }
}

TEST_CASE("a commit costs one fsync, and one that changes nothing durable costs none") {
  TempFolder folder;
  auto journal = Open(folder / "journal.db");
  State state = Load(*journal);
  for (const auto& [after, history] : NoOpJob(state, 1)) {
    Commit(*journal, state, after, history);  // the first also starts the log
    state = after;
  }
  for (const auto& [after, history] : NoOpJob(state, 2)) {
    const int syncs = TheDisk().syncs;
    Commit(*journal, state, after, history);
    CHECK(TheDisk().syncs - syncs == 1);
    state = after;
  }
  State after = state;
  after.link_up = !after.link_up;
  const int syncs = TheDisk().syncs;
  Commit(*journal, state, after);
  CHECK(TheDisk().syncs == syncs);
}

TEST_CASE("a second daemon on the same journal is refused, until the first is gone") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto first = Open(path);
  auto second = OpenJournal(path);
  REQUIRE(!second);
  CHECK(second.error().kind == ErrorKind::kBusy);
  CHECK(second.error().message.find(path) != std::string::npos);
  CHECK(second.error().message.find("process " + std::to_string(getpid())) != std::string::npos);
  Commit(*first, Load(*first), NoOpJob({}, 1)[0].after);  // the refused one broke nothing
  first.reset();
  Open(path);
}

TEST_CASE("a journal of a newer schema is refused and left as it is") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  Open(path);
  Sql(path, "PRAGMA user_version = 7");
  auto journal = OpenJournal(path);
  REQUIRE(!journal);
  CHECK(journal.error().kind == ErrorKind::kInvalid);
  CHECK(journal.error().message.find("written by a newer Kedge (schema 7, this one knows 2)") !=
        std::string::npos);
  CHECK(journal.error().message.find(path) != std::string::npos);
  CHECK(OpenHistory(path).error().kind == ErrorKind::kInvalid);
  Sql(path, "PRAGMA user_version = 2");
  Open(path);
}

TEST_CASE("the version in schema.sql is the one the program knows") {
  CHECK(std::string(kSchemaSql).find("user_version = " + std::to_string(kSchemaVersion) + ";") !=
        std::string::npos);
}

TEST_CASE("another program's database, a text file and a symbolic link are refused, not written to") {
  TempFolder folder;
  Sql(folder / "other.db", "CREATE TABLE t (a)");
  CHECK(OpenJournal(folder / "other.db").error().kind == ErrorKind::kInvalid);
  CHECK(!std::filesystem::exists(folder / "other.db-wal"));
  std::ofstream(folder / "text.db") << std::string(5000, 'x');
  CHECK(OpenJournal(folder / "text.db").error().kind == ErrorKind::kCorrupt);
  Open(folder / "real.db");
  std::filesystem::create_symlink(folder / "real.db", folder / "link.db");
  auto link = OpenJournal(folder / "link.db");
  REQUIRE(!link);
  CHECK(link.error().message.find("symbolic link") != std::string::npos);
  CHECK(OpenJournal(folder / "text.db/journal.db").error().message.find("text.db") != std::string::npos);
}

TEST_CASE("a commit that breaks a rule of the schema is refused whole") {
  TempFolder folder;
  auto journal = Open(folder / "journal.db");
  const State before = Load(*journal);
  State after = Offer(before, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  after.boot_id = "new";
  after.current->version = -1;
  const auto refused = journal->Commit(before, after, {});
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kInvalid);
  CHECK(refused.error().message.find("version >= 0") != std::string::npos);
  CheckSame(Load(*journal), before);
  after.current->version = 1;
  Commit(*journal, before, after);
}

TEST_CASE("a journal opened anew starts from what it holds, not from what the caller believes") {
  TempFolder folder;
  const State offered = Offer({}, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  {
    auto journal = Open(folder / "journal.db");
    Commit(*journal, Load(*journal), offered);
  }
  auto journal = Open(folder / "journal.db");
  State after;  // the caller believes that the commit above was lost
  after.boot_id = "b";
  Commit(*journal, State{}, after);
  CheckSame(Load(*journal), after);
}

TEST_CASE("a refused document need not parse, one that ran must") {
  TempFolder folder;
  auto journal = Open(folder / "journal.db");
  State state = Load(*journal);
  State refused = state;
  refused.current.emplace().document = "no JSON";
  Commit(*journal, state, refused);
  CheckSame(Load(*journal), refused);
  State broken = Offer(state, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  broken.current->document = "no JSON";
  Commit(*journal, refused, broken);
  const auto loaded = journal->Load();
  REQUIRE(!loaded);
  CHECK(loaded.error().kind == ErrorKind::kCorrupt);
}

TEST_CASE("the memory journal gives back what the real one would") {
  fakes::MemoryJournal journal;
  RandomState random(7);
  const State state = random.Make();
  REQUIRE(journal.Commit(State{}, state, {}));
  CheckSame(*journal.Load(), Durable(state));
  journal.FailNext({ErrorKind::kIo, "no"});
  CHECK(!journal.Commit(state, State{}, {}));
  CHECK((journal.held() == Durable(state)));
  CHECK(journal.Commit(state, State{}, {}));
  CHECK(journal.commits.size() == 2);
}

}  // namespace kedge::store
