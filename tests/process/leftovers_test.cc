#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "process/pidfd.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

// An agent that starts a tree as task `name` and, once that stands, dies. Gives the word that its processes
// carry. Before the bench is made: one without groups adopts orphans, those of this agent too.
std::string LetAnAgentDie(bool cgroup, const std::string& cgroup_folder, const TaskName& name,
                          const char* kind = "tree", size_t settled = 7) {
  std::string word = sys::RandomWord(20);
  std::vector<std::string> words{QUITTER, cgroup ? cgroup_folder : "-", Workbench::Named(name), AWKWARD, kind,
                                 word};
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const sys::Fd reading(ends[0]);
  sys::Fd writing(ends[1]);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& text : words) argv.push_back(text.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, reading.get(), 0);
  pid_t agent = 0;
  REQUIRE(posix_spawn(&agent, QUITTER, &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  const int64_t give_up = sys::BootMillis() + 20000;
  while (SettledWith(word) < settled && sys::BootMillis() < give_up) sched_yield();
  writing.reset();
  int status = 0;
  REQUIRE(waitpid(agent, &status, 0) == agent);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  REQUIRE(SettledWith(word) == settled);
  return word;
}

TEST_CASE("what an earlier life of the agent started is ended by its name, and nothing else is") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    const std::string folder = OwnCgroupFolder();
    const std::string first = LetAnAgentDie(cgroup, folder, "task-1");
    const std::string second = LetAnAgentDie(cgroup, folder, "task-11");
    Workbench bench(cgroup, folder);
    bench.StopLeftovers("task-1");
    const auto end = bench.WaitForEnd("task-1");
    CHECK(end.ending == Ending(Interrupted{}));
    CHECK(end.output == Output{});
    CHECK(AliveWith(first).empty());
    CHECK(SettledWith(second) == 7);
    bench.StopLeftovers("task-11");
    bench.WaitForEnd("task-11");
    CHECK(AliveWith(second).empty());
  }
}

TEST_CASE("a leftover that forks and leaves, over and over, is caught") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    const std::string folder = OwnCgroupFolder();
    const std::string word = LetAnAgentDie(cgroup, folder, "chain", "chain-behind", 1);
    Workbench bench(cgroup, folder);
    bench.StopLeftovers("chain");
    bench.WaitForEnd("chain");
    CHECK(AliveWith(word).empty());
  }
}

// Keeps a process from dying, as a lost disk would: only the freezer of control groups version 1 does that
// at will.
class Ice {
 public:
  static bool Exists() { return std::filesystem::exists(kFreezer) && geteuid() == 0; }
  explicit Ice(int pid) : group_(std::string(kFreezer) + "/kedge-test-" + sys::RandomWord(8)) {
    REQUIRE(std::filesystem::create_directory(group_));
    std::ofstream(group_ + "/cgroup.procs") << pid << std::flush;
    std::ofstream(group_ + "/freezer.state") << "FROZEN" << std::flush;
  }
  ~Ice() {
    Thaw();
    std::filesystem::remove(group_);
  }
  Ice(const Ice&) = delete;
  Ice& operator=(const Ice&) = delete;
  bool IsSolid() const { return sys::ReadFile(group_ + "/freezer.state").value() == "FROZEN\n"; }
  std::string procs() const { return group_ + "/cgroup.procs"; }
  void Thaw() { std::ofstream(group_ + "/freezer.state") << "THAWED" << std::flush; }

 private:
  static constexpr const char* kFreezer = "/sys/fs/cgroup/freezer";
  std::string group_;
};

TEST_CASE("a process that cannot die yet delays the report, for as long as it takes" *
          doctest::skip(!Ice::Exists())) {
  for (const bool cgroup : CgroupOrNot()) {
    for (const bool leftover : {true, false}) {
      CAPTURE(cgroup);
      CAPTURE(leftover);
      const std::string folder = OwnCgroupFolder();
      std::string word = sys::RandomWord(20);
      if (leftover) word = LetAnAgentDie(cgroup, folder, "t", "nap", 1);
      Workbench bench(cgroup, folder);
      if (!leftover) bench.Start(bench.Spec("t", {AWKWARD, "nap", word}));
      bench.WaitUntil([&] { return SettledWith(word) == 1; });
      Ice ice(AliveWith(word).at(0));
      bench.WaitUntil([&] { return ice.IsSolid(); });
      if (leftover) bench.StopLeftovers("t");
      if (!leftover) bench.Stop("t", std::chrono::milliseconds(0));
      // Longer than the first looks take.
      const auto later = bench.loop().At(sys::BootMillis() + 100, [&] { bench.loop().Stop(0); });
      bench.loop().Run();
      CHECK(bench.ends_reported() == 0);
      CHECK(AliveWith(word).size() == 1);
      ice.Thaw();
      bench.WaitForEnd("t");
      CHECK(AliveWith(word).empty());
      bench.WaitUntil([&] { return sys::ReadFile(ice.procs()).value().empty(); });
    }
  }
}

TEST_CASE("with nothing left, stopping leftovers reports interrupted all the same, and not inside the call") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    bench.StopLeftovers("nothing");
    CHECK(bench.ends_reported() == 0);
    CHECK(bench.WaitForEnd("nothing").ending == Ending(Interrupted{}));
  }
}

TEST_CASE(
    "with control groups: a task does not start in a group where an earlier one lives, until that is ended") {
  if (CgroupOrNot().size() == 1) return;
  const std::string folder = OwnCgroupFolder();
  const std::string word = LetAnAgentDie(true, folder, "task-1");
  Workbench bench(true, folder);
  const auto refused = bench.Run(bench.Spec("task-1", {"true"}));
  REQUIRE(std::holds_alternative<CouldNotStart>(refused.ending));
  CHECK(std::get<CouldNotStart>(refused.ending).what.find("live processes of an earlier task") !=
        std::string::npos);
  CHECK(SettledWith(word) == 7);
  bench.StopLeftovers("task-1");
  bench.WaitForEnd("task-1");
  CHECK(AliveWith(word).empty());
  CHECK(bench.Run(bench.Spec("task-1", {"true"})).ending == Ending(Exited{0}));
}

TEST_CASE(
    "with control groups: a task of the same name that another agent on this machine runs is left alone") {
  if (CgroupOrNot().size() == 1) return;
  Workbench ours(true);
  Workbench theirs(true);
  const std::string word = sys::RandomWord(20);
  theirs.Start(theirs.Spec("task-1", {AWKWARD, "tree", word}));
  theirs.WaitUntil([&] { return SettledWith(word) == 7; });
  ours.StopLeftovers("task-1");
  ours.WaitForEnd("task-1");
  CHECK(ours.Run(ours.Spec("task-1", {"true"})).ending == Ending(Exited{0}));
  CHECK(SettledWith(word) == 7);
  theirs.Stop("task-1", std::chrono::milliseconds(0));
  theirs.WaitForEnd("task-1");
}

TEST_CASE("without control groups: children that the agent had before are not ended with a task") {
  // As under `sh -c 'something & exec kedged'`.
  char program[] = AWKWARD;
  char kind[] = "nap";
  std::string word = sys::RandomWord(20);
  char* argv[] = {program, kind, word.data(), nullptr};
  pid_t before = 0;
  REQUIRE(posix_spawn(&before, program, nullptr, nullptr, argv, environ) == 0);
  const sys::Fd held = OpenPidfd(before);
  {
    Workbench bench(false);
    bench.WaitUntil([&] { return SettledWith(word) == 1; });
    const std::string tree = sys::RandomWord(20);
    bench.Start(bench.Spec("t", {AWKWARD, "tree", tree}));
    bench.WaitUntil([&] { return SettledWith(tree) == 7; });
    bench.Stop("t", std::chrono::milliseconds(0));
    bench.WaitForEnd("t");
    CHECK(AliveWith(tree).empty());
    CHECK(SettledWith(word) == 1);
  }
  SendSignals(held.get(), {SIGKILL});
  int status = 0;
  CHECK(waitpid(before, &status, 0) == before);
  CHECK(WIFSIGNALED(status));
}

}  // namespace
}  // namespace kedge::process
