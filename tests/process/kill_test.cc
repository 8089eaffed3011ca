#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "process/process_table.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

using std::chrono::milliseconds;

constexpr size_t kTreeSize = 7;

// A running tree of processes that do not want to end.
std::string GrowTree(Workbench& bench, const TaskName& name, milliseconds limit = std::chrono::hours(1)) {
  std::string word = sys::RandomWord(20);
  auto spec = Workbench::Spec(name, {AWKWARD, "tree", word});
  spec.limit = limit;
  bench.Start(spec);
  bench.WaitUntil([&] { return SettledWith(word) == kTreeSize; });
  return word;
}

TEST_CASE(
    "a whole tree dies: TERM ignored, other sessions, a daemon, a stopped one, one without its first "
    "thread") {
  for (const bool cgroup : CgroupOrNot()) {
    for (const int grace : {0, 50}) {
      CAPTURE(cgroup);
      CAPTURE(grace);
      Workbench bench(cgroup);
      const std::string word = GrowTree(bench, "tree");
      bench.Stop("tree", milliseconds(grace));
      CHECK(bench.WaitForEnd("tree").ending == Ending(Signalled{SIGKILL}));
      CHECK(AliveWith(word).empty());
      CHECK(OwnZombies() == 0);
    }
  }
}

TEST_CASE("a process that forks and leaves, over and over, is caught") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    for (int i = 0; i < 6; ++i) {
      CAPTURE(i);
      const std::string name = "chain" + std::to_string(i);
      const std::string word = sys::RandomWord(20);
      const bool leader = i % 2 == 0;  // stopped beside its leader, or a leftover of its first process
      auto spec = bench.Spec(name, {AWKWARD, leader ? "chain-behind" : "chain", word});
      spec.grace = milliseconds(50);
      bench.Start(spec);
      if (leader) {
        bench.WaitUntil([&] { return SettledWith(word) == 1; });
        bench.Stop(name, milliseconds(0));
      }
      bench.WaitForEnd(name);
      CHECK(AliveWith(word).empty());
    }
    CHECK(OwnZombies() == 0);
  }
}

TEST_CASE("TERM reaches every process of the tree, and a stopped one goes on to take it") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const Folder folder;
    // Each notes TERM in a file and leaves; the grace is longer than the test's patience, so KILL plays no
    // part.
    const auto script = folder.Script(
        "take-term", "#!/bin/sh\ntrap 'echo term > " + folder.path() + "/$1; exit 0' TERM\n" + "echo $$ > " +
                         folder.path() +
                         "/ready-$1\n[ \"$1\" = stopped ] && kill -STOP $$\nwhile :; do sleep 0.01; done\n");
    const std::string all =
        "for who in child stopped; do \"$0\" $who & done; setsid \"$0\" session & exec \"$0\" main";
    bench.Start(bench.Spec("t", {"/bin/sh", "-c", all, script}));
    const auto exist = [&](const std::string& prefix) {
      for (const char* who : {"main", "child", "session", "stopped"}) {
        if (!std::filesystem::exists(folder / (prefix + who))) return false;
      }
      return true;
    };
    // Until it has stopped: one that stops itself only after TERM and CONT have come stays so.
    const auto has_stopped = [&] {
      const auto pid = sys::ReadFile(folder / "ready-stopped");
      if (!pid || !pid->ends_with('\n')) return false;
      const auto process = ReadProcess(std::stoi(*pid));
      return process && process->state == 'T';
    };
    bench.WaitUntil([&] { return exist("ready-") && has_stopped(); });
    bench.Stop("t", std::chrono::hours(1));
    // The main child is gone at once, what it leaves has its own, longer, grace.
    bench.WaitForEnd("t");
    CHECK(exist(""));
  }
}

TEST_CASE(
    "TERM comes to each process once: to many programs a second one means to leave without cleaning up") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    bench.Start(bench.Spec("t", {AWKWARD, "count-terms", word}));
    bench.WaitUntil([&] { return SettledWith(word) == 2; });
    bench.Stop("t", milliseconds(200));
    CHECK(Text(bench.WaitForEnd("t").output.out) == "TERM\nTERM\n");
  }
}

TEST_CASE("a second stop shortens the grace and never lengthens it") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = GrowTree(bench, "tree");
    bench.Stop("tree", std::chrono::hours(1));
    bench.Stop("tree", milliseconds(20));
    bench.Stop("tree", std::chrono::hours(2));
    CHECK(bench.WaitForEnd("tree").ending == Ending(Signalled{SIGKILL}));
    CHECK(AliveWith(word).empty());
    bench.Stop("tree", milliseconds(0));     // ended: nothing
    bench.Stop("unknown", milliseconds(0));  // nor this
    CHECK(bench.ends_reported() == 1);
  }
}

TEST_CASE("what a successful task leaves behind is ended before its end is reported") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    auto spec = bench.Spec("leaver", {AWKWARD, "leave-daemon", word});
    spec.grace = milliseconds(50);
    const auto end = bench.Run(spec);
    CHECK(end.ending == Ending(Exited{0}));
    CHECK(Text(end.output.out) == "done\n");  // though the daemon held the pipe
    CHECK(AliveWith(word).empty());
  }
}

TEST_CASE("daemons that threw their environment away die with their task, one without its first thread too") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    bench.Start(bench.Spec("unmark", {AWKWARD, "unmark", word}));
    bench.WaitUntil([&] { return SettledWith(word) == 3; });
    bench.Stop("unmark", milliseconds(0));
    bench.WaitForEnd("unmark");
    CHECK(AliveWith(word).empty());
  }
}

TEST_CASE("stopping one task leaves another alone") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string first = GrowTree(bench, "one");
    const std::string second = GrowTree(bench, "two");
    bench.Stop("one", milliseconds(0));
    bench.WaitForEnd("one");
    CHECK(AliveWith(first).empty());
    CHECK(SettledWith(second) == kTreeSize);
    bench.Stop("two", milliseconds(0));
    bench.WaitForEnd("two");
    CHECK(AliveWith(second).empty());
    CHECK(OwnZombies() == 0);
  }
}

TEST_CASE("destroying the children ends what is alive, without a report") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = GrowTree(bench, "tree");
    bench.DestroyChildren();
    bench.WaitUntil([&] { return AliveWith(word).empty(); });
    CHECK(bench.ends_reported() == 0);
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    if (cgroup) std::filesystem::remove(bench.containment().cgroup_folder + "/" + bench.Named("tree"));
  }
}

TEST_CASE(
    "with control groups: a frozen task gets to answer TERM, and groups that it made inside its own die with "
    "it") {
  if (CgroupOrNot().size() == 1) return;
  Workbench bench(true);
  const std::string word = sys::RandomWord(20);
  const std::string group = bench.containment().cgroup_folder + "/" + bench.Named("t");
  bench.Start(bench.Shell("t", "trap 'exit 5' TERM; mkdir " + group + "/inner; (echo 0 > " + group +
                                   "/inner/cgroup.procs; exec " + AWKWARD + " tree " + word +
                                   ") & while :; do sleep 0.01; done"));
  bench.WaitUntil([&] { return SettledWith(word) == kTreeSize; });
  {
    const sys::Fd freeze(open((group + "/cgroup.freeze").c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(write(freeze.get(), "1", 1) == 1);
  }
  bench.Stop("t", milliseconds(2000));
  CHECK(bench.WaitForEnd("t").ending == Ending(Exited{5}));
  CHECK(AliveWith(word).empty());
  CHECK_FALSE(std::filesystem::exists(group));
}

TEST_CASE("with control groups: a process that moved itself out is found by its mark") {
  if (CgroupOrNot().size() == 1) return;
  Workbench bench(true);
  const std::string word = sys::RandomWord(20);
  const std::string outside = std::filesystem::path(bench.containment().cgroup_folder).parent_path();
  bench.Start(bench.Shell(
      "t", "(echo 0 > " + outside + "/cgroup.procs; exec " + AWKWARD + " tree " + word + ") & wait"));
  bench.WaitUntil([&] { return SettledWith(word) == kTreeSize; });
  bench.Stop("t", milliseconds(0));
  bench.WaitForEnd("t");
  CHECK(AliveWith(word).empty());
}

}  // namespace
}  // namespace kedge::process
