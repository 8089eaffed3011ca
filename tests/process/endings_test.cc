#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

#include "sys/clock.h"
#include "workbench.h"

namespace kedge::process {
namespace {

using std::chrono::milliseconds;

TEST_CASE("an exit status is an exit status and a signal a signal, never one for the other") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    CHECK(bench.Run(bench.Shell("ok", "true")).ending == Ending(Exited{0}));
    CHECK(bench.Run(bench.Shell("nine", "exit 9")).ending == Ending(Exited{9}));
    CHECK(bench.Run(bench.Shell("shell-like", "exit 137")).ending == Ending(Exited{137}));
    CHECK(bench.Run(bench.Shell("killed", "kill -KILL $$")).ending == Ending(Signalled{SIGKILL}));
    // No core, for RLIMIT_CORE is 0: a core may hold what nobody may see.
    CHECK(bench.Run(bench.Shell("crashed", "kill -SEGV $$")).ending == Ending(Signalled{SIGSEGV, false}));
    CHECK(OwnZombies() == 0);
  }
}

TEST_CASE("at its limit a task is ended and timed out, even when it leaves with success on TERM") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    auto polite =
        bench.Shell("polite", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done");
    polite.limit = milliseconds(1500);  // its shell has long begun then, on a busy machine too
    const auto end = bench.Run(polite);
    CHECK(end.ending == Ending(TimedOut{milliseconds(1500)}));
    CHECK(Text(end.output.out) == "up\nbye\n");
    auto deaf = bench.Spec("deaf", {AWKWARD, "tree", sys::RandomWord(20)});
    deaf.limit = milliseconds(100);
    deaf.grace = milliseconds(50);
    CHECK(bench.Run(deaf).ending == Ending(TimedOut{milliseconds(100)}));
    CHECK(AliveWith(deaf.argv[2]).empty());
  }
}

TEST_CASE("a task that is stopped ends as what it made of it") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    bench.Start(bench.Spec("plain", {AWKWARD, "nap", word}));
    bench.WaitUntil([&] { return !AliveWith(word).empty(); });
    bench.Stop("plain", milliseconds(10000));
    CHECK(bench.WaitForEnd("plain").ending == Ending(Signalled{SIGTERM}));
  }
}

TEST_CASE("what cannot start says which call failed on what, and why") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const Folder folder;
    const auto why = [&](const ChildSpec& spec) {
      const auto end = bench.Run(spec);
      const auto* failed = std::get_if<CouldNotStart>(&end.ending);
      return failed == nullptr ? ToString(end.ending) : failed->what;
    };
    CHECK(why(bench.Spec("a1", {"/no/such/program"})) == "program /no/such/program does not exist");
    CHECK(why(bench.Spec("a2", {"no-such-program"})) ==
          "program 'no-such-program' is not in the PATH '/usr/sbin:/usr/bin:/sbin:/bin'");
    CHECK(why(bench.Spec("a3", {"../bin/true"})) ==
          "program '../bin/true' is neither an absolute path nor a name without a slash");
    auto lost = bench.Spec("a4", {"true"});
    lost.working_folder = "/no/such/folder";
    CHECK(why(lost) == "chdir /no/such/folder: No such file or directory");
    const auto script = folder.Script("bad", "#!/no/such/interpreter\n");
    CHECK(why(bench.Spec("a5", {script})) ==
          "execve " + script + " (the interpreter that its first line names): No such file or directory");
    auto stranger = bench.Spec("a6", {"true"});
    stranger.user = "no-such-user";
    CHECK(why(stranger) == "user 'no-such-user' does not exist on this device");
    CHECK(why(bench.Spec("a7", {"echo", std::string("a\0b", 3)})) == "argument 1 contains a NUL character");
    CHECK(why(bench.Spec("Bad/../Name", {"true"})) == "'" + bench.Named("Bad/../Name") + "' is no task name");
    CHECK(OwnZombies() == 0);
  }
}

TEST_CASE("without descriptors a task cannot start, nothing leaks, and the next one starts") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    bench.Run(bench.Spec("first", {"/bin/true"}));  // the loop opens its timer when it first needs one
    const int before = OpenDescriptors();
    rlimit real{};
    getrlimit(RLIMIT_NOFILE, &real);
    // From too few for the first pipe to nearly enough: every place where it can fail.
    for (int spare = 0; spare < 12; ++spare) {
      CAPTURE(spare);
      const rlimit tight{static_cast<rlim_t>(before - 1 + spare), real.rlim_max};
      setrlimit(RLIMIT_NOFILE, &tight);
      const std::string name = "t" + std::to_string(spare);
      bench.Start(bench.Spec(name, {"/bin/true"}));
      setrlimit(RLIMIT_NOFILE, &real);
      const auto end = bench.WaitForEnd(name);
      if (spare < 7) CHECK(std::holds_alternative<CouldNotStart>(end.ending));
      CHECK(OpenDescriptors() == before);
    }
    CHECK(bench.Run(bench.Spec("after", {"/bin/true"})).ending == Ending(Exited{0}));
    CHECK(OwnZombies() == 0);
  }
}

TEST_CASE("while a task runs and says nothing, the loop sleeps") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    bench.Start(bench.Spec("t", {AWKWARD, "nap", word}));
    bench.WaitUntil([&] { return SettledWith(word) == 1; });
    uint64_t before = 0;
    uint64_t after = 0;
    REQUIRE(sd_event_get_iteration(bench.loop().native(), &before) >= 0);
    const auto end = bench.loop().At(sys::BootMillis() + 200, [&] { bench.loop().Stop(0); });
    bench.loop().Run();
    REQUIRE(sd_event_get_iteration(bench.loop().native(), &after) >= 0);
    CHECK(after - before <= 3);
    bench.Stop("t", milliseconds(0));
    bench.WaitForEnd("t");
  }
}

TEST_CASE("a name in use is refused, and the task that has it is not disturbed") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const std::string word = sys::RandomWord(20);
    bench.Start(bench.Spec("same", {AWKWARD, "tree", word}));
    bench.WaitUntil([&] { return SettledWith(word) == 7; });
    CHECK(ToString(bench.Run(bench.Spec("same", {"true"})).ending) ==
          ToString(Ending(CouldNotStart{"task " + bench.Named("same") + " is running already"})));
    CHECK(SettledWith(word) == 7);
    bench.Stop("same", milliseconds(0));
    CHECK(bench.WaitForEnd("same").ending == Ending(Signalled{SIGKILL}));
    CHECK(AliveWith(word).empty());
  }
}

TEST_CASE("200 tasks leave no zombie, no descriptor and no group behind") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    bench.Run(bench.Spec("first", {"/bin/true"}));  // the loop opens its timer when it first needs one
    const int before = OpenDescriptors();
    for (int i = 0; i < 200; ++i) {
      const auto end = bench.Run(bench.Spec("t" + std::to_string(i), {"/bin/true"}));
      REQUIRE(end.ending == Ending(Exited{0}));
    }
    CHECK(OwnZombies() == 0);
    CHECK(OpenDescriptors() == before);
    CHECK(bench.ends_reported() == 201);
  }
}

}  // namespace
}  // namespace kedge::process
