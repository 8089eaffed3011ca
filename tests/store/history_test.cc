#include <doctest/doctest.h>

#include <filesystem>

#include "checked.h"
#include "life.h"
#include "sample_job.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

constexpr const char* kPresigned = "curl,https://b.example.com/f?X-Amz-Signature=s3cr3t";

struct Daemon {
  explicit Daemon(const std::string& path, const JournalOptions& options = {}) {
    journal = Must(OpenJournal(path, options));
    state = Must(journal->Load());
  }
  void Commit(const Change& change) {
    Must(journal->Commit(state, change.after, change.history));
    state = change.after;
  }
  void RunJob(int64_t number) {
    for (const auto& commit : NoOpJob(state, number)) Commit(commit);
  }
  std::unique_ptr<Journal> journal;
  State state;
};

std::unique_ptr<HistoryReader> Reader(const std::string& path) { return Must(OpenHistory(path)); }

std::string Bytes(const std::string& path) {
  std::string content;
  if (FILE* file = std::fopen(path.c_str(), "rb")) {
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) content += static_cast<char>(c);
    std::fclose(file);
  }
  return content;
}

}  // namespace

TEST_CASE("the history lists executions newest first, as many as asked for, and their entries in order") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db");
  auto reader = Reader(folder / "journal.db");  // beside the running daemon
  for (int64_t number = 1; number <= 5; ++number) daemon.RunJob(number);
  auto all = reader->Executions({.limit = 100});
  REQUIRE(all);
  REQUIRE(all->size() == 5);
  CHECK(all->front().id.job.value == "3f2b8c1e-no-op-5");
  CHECK(all->front().status == "SUCCEEDED");
  CHECK(all->front().text == "done");
  CHECK(all->front().document == OneStepDocument("true"));
  CHECK(all->back().id.job.value == "3f2b8c1e-no-op-1");
  CHECK(reader->Executions({.limit = 2})->size() == 2);
  auto entries = reader->Entries(all->back().id);
  REQUIRE(entries);
  std::vector<std::string> kinds;
  for (const auto& entry : *entries) kinds.push_back(entry.kind);
  CHECK(kinds == std::vector<std::string>{"offered", "accepted", "step-started", "step-ended", "finishing",
                                          "committed", "closed"});
  CHECK((entries->front() == NoOpJob({}, 1)[0].history[0]));
  CHECK(reader->Entries({{"nobody"}, 1, 1})->empty());
}

TEST_CASE("the history is narrowed by job, status, verdict and time, and skipped through") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db");
  const auto close = [&](const std::string& job, JobStatus status, std::optional<Verdict> verdict) {
    daemon.Commit(Offer(daemon.state, {{job}, 1, 7}, OneStepDocument("true")));
    State over = daemon.state;
    over.ledger.push_front({over.current->id, status, verdict, "over", 0, 99});
    over.current.reset();
    daemon.Commit({over, {}});
  };
  close("fw-1", JobStatus::kSucceeded, {});
  close("fw-2", JobStatus::kFailed, Verdict::kSafe);
  close("app_1", JobStatus::kCanceled, Verdict::kUnsafe);
  daemon.Commit(Offer(daemon.state, {{"fw-3"}, 1, 7}, OneStepDocument("true")));
  auto reader = Reader(folder / "journal.db");
  const auto jobs = [&](const HistoryQuery& query) {
    std::string names;
    for (const PastExecution& past : Must(reader->Executions(query))) names += past.id.job.value + " ";
    return names;
  };
  CHECK(jobs({}) == "fw-3 app_1 fw-2 fw-1 ");
  CHECK(jobs({.job = "fw-*"}) == "fw-3 fw-2 fw-1 ");
  CHECK(jobs({.job = "fw-[12]"}) == "fw-2 fw-1 ");
  CHECK(jobs({.job = "fw"}) == "");
  CHECK(jobs({.statuses = {"FAILED", "SUCCEEDED"}}) == "fw-2 fw-1 ");
  CHECK(jobs({.statuses = {"IN_PROGRESS"}}) == "fw-3 ");
  CHECK(jobs({.verdicts = {"unsafe"}}) == "app_1 ");
  CHECK(jobs({.verdicts = {"safe", "unsafe"}}) == "app_1 fw-2 ");
  CHECK(jobs({.job = "*1", .statuses = {"CANCELED"}}) == "app_1 ");
  const int64_t offered = Must(reader->Executions({.limit = 1})).front().offered_wall;
  CHECK(jobs({.since = offered + 1}) == "");
  CHECK(jobs({.since = offered}) == "fw-3 app_1 fw-2 fw-1 ");
  CHECK(jobs({.until = offered}) == "");
  CHECK(jobs({.limit = 2, .skip = 1}) == "app_1 fw-2 ");
  CHECK(jobs({.limit = SIZE_MAX, .skip = SIZE_MAX}) == "");

  std::string ends;
  for (const PastEnd& end : Must(reader->Ends()))
    ends += end.status + "/" + end.verdict + "=" + std::to_string(end.count) + " ";
  CHECK(ends == "CANCELED/unsafe=1 FAILED/safe=1 SUCCEEDED/=1 ");
}

TEST_CASE("the same job id is found with all its executions") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db");
  for (int64_t number = 1; number <= 2; ++number) {
    daemon.Commit(Offer(daemon.state, {{"again"}, number, 7}, OneStepDocument("true")));
    State over = daemon.state;
    over.ledger.push_front(
        {over.current->id, JobStatus::kFailed, Verdict::kSafe, "n " + std::to_string(number), 0, 9});
    over.current.reset();
    daemon.Commit({over, {{{{"again"}, number, 7}, 1, "closed", {}, "n " + std::to_string(number), ""}}});
  }
  daemon.RunJob(1);
  auto reader = Reader(folder / "journal.db");
  auto found = reader->ExecutionsOf({"again"});
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].id.number == 2);
  CHECK((*found)[0].verdict == "safe");
  CHECK((*found)[1].text == "n 1");
  CHECK(reader->Entries((*found)[1].id)->back().text == "n 1");
}

TEST_CASE("the current execution shows its phase, and an execution reported again keeps its document") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db");
  auto reader = Reader(folder / "journal.db");
  daemon.Commit(Offer(daemon.state, {{"job"}, 1, 7}, OneStepDocument("true")));
  auto listed = *reader->Executions({.limit = 1});
  CHECK(listed[0].status == "accepting");
  CHECK(listed[0].closed_wall == 0);
  State over = daemon.state;
  over.ledger.push_front({over.current->id, JobStatus::kFailed, Verdict::kSafe, "failed", 0, 9});
  over.current.reset();
  daemon.Commit({over, {}});
  State again = over;
  again.current.emplace().id = over.ledger.front().id;
  again.current->phase = Phase::kReporting;
  daemon.Commit({again, {{again.current->id, 11, "offered", {}, "reporting it again", ""}}});
  listed = *reader->Executions({.limit = 9});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].status == "reporting");
  over.ledger.front().reports = 1;
  daemon.Commit({over, {}});
  CHECK((*daemon.journal->Load() == over));
  listed = *reader->Executions({.limit = 9});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].status == "FAILED");
  CHECK(listed[0].document == OneStepDocument("true"));
  CHECK(reader->Entries(listed[0].id)->size() == 2);
}

TEST_CASE("a presigned URL is exact while its execution is current, and on the disk no longer afterwards") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  const std::string document = OneStepDocument(kPresigned);
  {
    Daemon daemon(path);
    auto reader = Reader(path);
    Change offered = Offer(daemon.state, {{"job"}, 1, 7}, document);
    offered.history.push_back({{{"job"}, 1, 7},
                               1,
                               "step-ended",
                               0,
                               "GET https://h/f?sig=s3cr3t failed",
                               R"({"stdout":"https://h/f?sig=s3cr3t"})"});
    daemon.Commit(offered);
    CHECK(daemon.journal->Load()->current->document == document);
    CHECK((*reader->Executions({.limit = 1}))[0].document.find("s3cr3t") == std::string::npos);
    State over = daemon.state;
    over.ledger.push_front({over.current->id, JobStatus::kSucceeded, {}, "done", 0, 9});
    over.current.reset();
    daemon.Commit({over, {}});
    const auto shown = (*reader->Executions({.limit = 1}))[0];
    CHECK(shown.document == OneStepDocument("curl,https://b.example.com/f?…"));
    const auto entries = *reader->Entries(shown.id);
    CHECK(entries.back().text == "GET https://h/f?… failed");
    CHECK(entries.back().detail == R"({"stdout":"https://h/f?…"})");
  }
  REQUIRE(!Bytes(path).empty());
  CHECK(Bytes(path).find("s3cr3t") == std::string::npos);
}

TEST_CASE("the history forgets the oldest executions, never those of the ledger") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db", {.keep_executions = 100, .keep_bytes = 1 << 30});
  for (int64_t number = 1; number <= 200; ++number) daemon.RunJob(number);
  auto reader = Reader(folder / "journal.db");
  const auto kept = *reader->Executions({.limit = 1000});
  CHECK(kept.size() >= 100);
  CHECK(kept.size() < 116);
  CHECK(kept.front().id.job.value == "3f2b8c1e-no-op-200");
  CHECK(reader->Entries(kept.back().id)->size() == 7);
  CHECK(reader->Entries({{"3f2b8c1e-no-op-1"}, 1, kept.back().id.queued_at})->empty());
}

TEST_CASE("of one execution so many entries are kept, and the last says that there were more") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db", {.keep_entries = 5});
  daemon.RunJob(1);  // 7 entries
  const auto entries = Must(Reader(folder / "journal.db")->Entries({{"3f2b8c1e-no-op-1"}, 1, 1764000000000}));
  REQUIRE(entries.size() == 5);
  CHECK(entries[3].kind == "step-ended");
  CHECK(entries[4].kind == "left-out");
  CHECK(entries[4].text.find("at most 5") != std::string::npos);
  daemon.RunJob(2);  // another one has its own
  CHECK(Must(Reader(folder / "journal.db")->Entries({{"3f2b8c1e-no-op-2"}, 1, 1764000000000})).size() == 5);
}

TEST_CASE("a stranded execution is never forgotten, nor what was said of it, and shows how it ended") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db", {.keep_executions = 0, .keep_bytes = 0});
  for (const auto& commit : FailedJob(daemon.state, 1, false)) daemon.Commit(commit);
  const ExecutionId id = daemon.state.stranded.front().id;
  for (int64_t number = 1; number <= 100; ++number) daemon.RunJob(number);
  REQUIRE(daemon.state.ledger.back().id != id);
  CHECK((Must(daemon.journal->Load()) == Durable(daemon.state)));
  const auto reader = Reader(folder / "journal.db");
  const auto shown = Must(reader->ExecutionsOf(id.job));
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].status == "FAILED");
  CHECK(shown[0].verdict == "unsafe");
  const size_t entries = Must(reader->Entries(id)).size();
  CHECK(entries > 5);
  // Tried once more: it is the same execution, with its old entries.
  State again = daemon.state;
  again.current = again.stranded.front();
  again.stranded.clear();
  daemon.Commit({again, {{id, 9, "undo", {}, "once more", ""}}});
  CHECK((Must(daemon.journal->Load()) == Durable(again)));
  CHECK(Must(reader->Entries(id)).size() == entries + 1);
  CHECK(Must(reader->ExecutionsOf(id.job)).size() == 1);
}

TEST_CASE("the ledger stays whole however little history is wanted") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db", {.keep_executions = 0, .keep_bytes = 0});
  for (int64_t number = 1; number <= 100; ++number) daemon.RunJob(number);
  CHECK(daemon.state.ledger.size() == kLedgerSize);
  CHECK((Must(daemon.journal->Load()) == Durable(daemon.state)));
  CHECK(Must(Must(OpenHistory(folder / "journal.db"))->Executions({.limit = 1000})).size() <
        kLedgerSize + 16);
}

TEST_CASE("the journal stays within its size when jobs write much") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  Daemon daemon(path, {.keep_executions = 100000, .keep_bytes = 4 << 20});
  for (int64_t number = 1; number <= 300; ++number) {
    auto commits = NoOpJob(daemon.state, number);
    commits[2].history[0].detail = std::string(40000, 'o');
    for (const auto& commit : commits) daemon.Commit(commit);
  }
  CHECK(daemon.state.ledger.size() == kLedgerSize);
  CHECK((*daemon.journal->Load() == Durable(daemon.state)));
  CHECK(std::filesystem::file_size(path) < (6 << 20));
  CHECK(std::filesystem::file_size(path + "-wal") < (5 << 20));
}

TEST_CASE("the history is read when the daemon is down, and a missing journal is not made") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto missing = OpenHistory(path);
  REQUIRE(!missing);
  CHECK(missing.error().kind == ErrorKind::kNotFound);
  CHECK(missing.error().message.find(path) != std::string::npos);
  CHECK(!std::filesystem::exists(path));
  State state;
  {
    Daemon daemon(path);
    daemon.RunJob(1);
    state = daemon.state;
  }
  {
    auto reader = Reader(path);
    CHECK(reader->Executions({.limit = 9})->size() == 1);
    CHECK((*reader->Load() == state));
  }
  Daemon again(path);  // what the reader left behind is in nobody's way
  again.RunJob(2);
}

TEST_CASE("a reader that is slow does not hold up the daemon") {
  TempFolder folder;
  Daemon daemon(folder / "journal.db");
  auto reader = Reader(folder / "journal.db");
  for (int64_t number = 1; number <= 200; ++number) {
    daemon.RunJob(number);
    if (number % 50 == 0) CHECK((*reader->Load() == daemon.state));
  }
  CHECK(std::filesystem::file_size(folder / "journal.db-wal") < (3 << 20));
}

}  // namespace kedge::store
