// The judge of the sweep is judged: each kind of violation is made on purpose, and must be found.
#include "faults/oracle.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "faults/story.h"
#include "faults/sweep.h"
#include "faults/trace.h"
#include "rig/files.h"
#include "rig/wait.h"

namespace kedge::faults {
namespace {

using nlohmann::json;

const std::string kJobs = std::string("$aws/things/") + Cloud::kThing + "/jobs/";

// A device and a service, with nobody between them.
struct Stage {
  Stage() { bench.Clear(); }

  void Update(const std::string& status) {
    const json update = {{"status", status}};
    cloud.Receive(kJobs + Cloud::kJob + "/update", update.dump());
  }
  void Say(const json& state) {
    cloud.Receive(std::string("kedge/things/") + Cloud::kThing + "/state", state.dump());
  }
  void MakeEffects() {
    rig::WriteFile(bench.device() + "/app.conf", "mode = bold\n");
    rig::WriteFile(bench.device() + "/app.d/two", "two\n");
  }
  std::string Violations() {
    std::string all;
    for (const std::string& violation : JudgeRest(bench, cloud).violations) all += violation + "\n";
    return all;
  }

  Workshop workshop;
  Bench bench{workshop, 0};
  Cloud cloud{Document(Stories().front(), workshop.programs(), bench.device(), bench.notes())};
};

bool Names(const std::string& text, const char* rule) { return text.find(rule) != std::string::npos; }

}  // namespace

TEST_CASE("agreement is no violation, whichever way it goes") {
  Stage stage;
  stage.Update("IN_PROGRESS");
  SUBCASE("done") {
    stage.MakeEffects();
    stage.Update("SUCCEEDED");
  }
  SUBCASE("undone") { stage.Update("FAILED"); }
  SUBCASE("cancelled") { CHECK(!stage.cloud.Cancel().empty()); }
  CHECK(stage.Violations() == "");
}

TEST_CASE("SUCCEEDED without its effects is a violation, all of them or one") {
  Stage stage;
  stage.Update("IN_PROGRESS");
  stage.Update("SUCCEEDED");
  CHECK(Names(stage.Violations(), "I1"));
  stage.MakeEffects();
  CHECK(stage.Violations() == "");
  SUBCASE("one lacks") { std::filesystem::remove(stage.bench.device() + "/app.d/two"); }
  SUBCASE("one too many") { rig::WriteFile(stage.bench.device() + "/app.d/three", ""); }
  CHECK(Names(stage.Violations(), "I1"));
}

TEST_CASE("an effect that outlives another end is a violation, unless it is said aloud") {
  Stage stage;
  stage.Update("IN_PROGRESS");
  stage.Update("FAILED");
  SUBCASE("content") { stage.MakeEffects(); }
  SUBCASE("only a mode") {
    std::filesystem::permissions(stage.bench.device() + "/app.conf", std::filesystem::perms(0600));
  }
  CHECK(Names(stage.Violations(), "I1"));
  stage.Say({{"state", "idle"}, {"last", {{"verdict", "safe"}}}});
  CHECK(Names(stage.Violations(), "I1"));
  stage.Say({{"state", "quarantined"}});
  CHECK(stage.Violations() == "");
  CHECK(JudgeRest(stage.bench, stage.cloud).loud);
}

TEST_CASE("a process that runs on is a violation, known by its folder or by its mark") {
  Stage stage;
  bool marked = false;
  SUBCASE("mark") { marked = true; }
  SUBCASE("folder") { marked = false; }
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string mark = "KEDGE_STATE_DIR=" + stage.bench.Folder("state/undo/x/1");
    if (!marked && chdir(stage.bench.device().c_str()) != 0) _exit(1);
    char* const argv[] = {const_cast<char*>("sleep"), const_cast<char*>("1000"), nullptr};
    char* const environment[] = {marked ? const_cast<char*>(mark.c_str()) : nullptr, nullptr};
    execve("/bin/sleep", argv, environment);
    _exit(1);
  }
  CHECK(rig::BecomesTrue([&stage] { return Names(stage.Violations(), "I2"); }));
  stage.bench.KillTasks();
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(stage.Violations() == "");
}

TEST_CASE("a step that was started twice is a violation") {
  Stage stage;
  rig::WriteFile(stage.bench.notes() + "/" + RunsFile(2), "ran\n");
  CHECK(stage.Violations() == "");
  rig::WriteFile(stage.bench.notes() + "/" + RunsFile(2), "ran\nran\n");
  CHECK(Names(stage.Violations(), "I4"));
}

TEST_CASE("kedged may die of the kill that was injected, and of nothing else") {
  const Plan kill{.scope = Scope::kAgent, .syscall = "fsync", .harm = "SIGKILL"};
  const Plan error{.scope = Scope::kAgent, .syscall = "fsync", .harm = "EIO"};
  const Plan speechless{.scope = Scope::kAgent, .syscall = "write", .harm = "EIO"};
  CHECK(JudgeDeath({{}, ""}, &error) == "");
  CHECK(JudgeDeath({128 + SIGKILL, ""}, &kill) == "");
  CHECK(JudgeDeath({128 + SIGKILL, ""}, &error) != "");
  CHECK(JudgeDeath({128 + SIGABRT, "what(): no"}, &error) != "");
  CHECK(JudgeDeath({128 + SIGSEGV, ""}, &kill) != "");
  CHECK(JudgeDeath({1, "no journal: Input/output error"}, &error) == "");
  CHECK(JudgeDeath({1, "no journal: disk I/O error (SQLite code 10)"}, &error) == "");
  CHECK(JudgeDeath({1, "database disk image is malformed (SQLite code 11)"}, &error) != "");
  CHECK(JudgeDeath({1, "no journal"}, &error) != "");
  CHECK(JudgeDeath({1, ""}, &error) != "");
  CHECK(JudgeDeath({1, ""}, &speechless) == "");
  CHECK(JudgeDeath({0, "bye"}, &error) != "");
  CHECK(JudgeDeath({1, "no journal"}, nullptr) != "");
}

TEST_CASE("a plan is read as it is written") {
  for (const char* words : {"agent:fsync:EIO:3", "all:write:ENOSPC:7+", "guard2:rename:SIGKILL:1",
                            "programs:execve:EIO:1", "log:write:SIGKILL:12"}) {
    const auto plan = PlanFrom(words);
    REQUIRE_MESSAGE(plan, words);
    CHECK(ToString(*plan) == words);
  }
  for (const char* words : {"", "agent", "agent:fsync:EIO", "agent:fsync:EIO:0", "agent:fsync:EIO:-1",
                            "agent:fsync:EIO:x", "guard:fsync:EIO:1", "agent2:fsync:EIO:1",
                            "moon:fsync:EIO:1", "agent::EIO:1", "agent:fsync:EIO:1:2"}) {
    CHECK_MESSAGE(!PlanFrom(words), words);
  }
}

TEST_CASE("a sample is the same each time, and has an error of each kind before a second of any") {
  const auto error = [](const char* syscall, int k) {
    Case which{&Stories().front(), {}};
    which.circumstances.plan = Plan{.syscall = syscall, .harm = "EIO", .k = k};
    return which;
  };
  std::vector<Case> cases;
  for (int k = 1; k <= 50; ++k) cases.push_back(error("read", k));
  cases.push_back(error("fsync", 1));
  cases.push_back(error("rename", 1));
  const auto names = [](const std::vector<Case>& sample) {
    std::string all;
    for (const Case& which : sample) all += KindOf(which) + ToString(*which.circumstances.plan) + " ";
    return all;
  };
  const std::string three = names(Sample(cases, 3, 7));
  for (const char* syscall : {"read", "fsync", "rename"}) CHECK(Names(three, syscall));
  CHECK(three == names(Sample(cases, 3, 7)));
  CHECK(names(Sample(cases, 20, 7)) != names(Sample(cases, 20, 8)));
  CHECK(Sample(cases, 1000, 7).size() == cases.size());
}

TEST_CASE("calls are counted for each process, and interrupted ones once") {
  const CallsByProcess processes = ReadTrace(
      "12  write(1, \"a\", 1) = 1\n"
      "13  openat(AT_FDCWD, \"x\", O_RDONLY <unfinished ...>\n"
      "12  write(1, \"write(\", 6) = 6\n"
      "13  <... openat resumed>) = 3\n"
      "13  --- SIGCHLD {si_signo=SIGCHLD} ---\n"
      "13  +++ killed by SIGKILL +++\n");
  REQUIRE(processes.size() == 2);
  CHECK(processes[0] == std::pair<pid_t, Calls>(12, {{"write", 2}}));
  CHECK(processes[1] == std::pair<pid_t, Calls>(13, {{"openat", 1}}));
  CHECK(Most(processes, 12) == Calls{{"openat", 1}});
}

}  // namespace kedge::faults
