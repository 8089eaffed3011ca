#include "core/ending.h"

#include <doctest/doctest.h>

#include <csignal>

namespace kedge {
namespace {

using std::chrono::milliseconds;

TEST_CASE("ending: each way to end has its own words") {
  CHECK(ToString(Exited{0}) == "exit status 0");
  CHECK(ToString(Exited{3}) == "exit status 3");
  CHECK(ToString(Signalled{SIGKILL}) == "killed by signal 9 (KILL)");
  CHECK(ToString(Signalled{SIGSEGV, true}) == "killed by signal 11 (SEGV), core dumped");
  CHECK(ToString(TimedOut{milliseconds(30000)}) == "timed out after 30 s (the step's limit)");
  CHECK(ToString(TimedOut{milliseconds(1500), LimitOf::kUndo}) ==
        "timed out after 1500 ms (the undo's limit)");
  CHECK(ToString(TimedOut{milliseconds(9000), LimitOf::kJob}) ==
        "timed out after 9 s (what was left of the job's limit)");
  CHECK(ToString(OutOfMemory{64 << 20}) == "out of memory: killed by the kernel at its limit of 64 MiB");
  CHECK(ToString(OutOfMemory{}) == "out of memory: killed by the kernel, for the device had none left");
  CHECK(ToString(TaskLimit{32, "exit status 1"}) ==
        "reached its limit of 32 processes and threads: exit status 1");
  CHECK(ToString(OutputLimit{1536}) == "wrote more than its limit of 1.5 KiB, and was ended");
  CHECK(ToString(CouldNotStart{"execve /opt/x/run: Permission denied"}) ==
        "could not start: execve /opt/x/run: Permission denied");
  CHECK(ToString(NotDurable{"sync: exit status 1"}) ==
        "what it wrote cannot be brought to the disk: sync: exit status 1");
  CHECK(ToString(Interrupted{}) == "interrupted");
}

TEST_CASE("ending: every word for a limit of time comes back") {
  for (const auto whose : {LimitOf::kStep, LimitOf::kJob, LimitOf::kCheck, LimitOf::kGuard, LimitOf::kUndo}) {
    CHECK(LimitOfFrom(ToString(whose)) == whose);
  }
  CHECK_FALSE(LimitOfFrom("year"));
}

TEST_CASE("usage: what it took and what it left, in words") {
  Usage usage;
  CHECK(ToString(usage) == "took 0 ms");
  usage.wall = milliseconds(1200);
  CHECK(ToString(usage) == "took 1200 ms");
  usage.cpu = milliseconds(3000);
  usage.peak_memory = 12800 << 10;
  CHECK(ToString(usage) == "took 1200 ms, 3 s of processor time, at most 12.5 MiB of memory");
  usage.leftovers = {"sleep"};
  CHECK(ToString(usage).ends_with("; 1 process was left and ended: sleep"));
  usage.kept = true;
  CHECK(ToString(usage).ends_with("; 1 process was left and runs on: sleep"));
  usage.leftovers = {"a", "b", "c", "d", "e", "f"};
  usage.more_leftovers = 100;
  CHECK(ToString(usage).ends_with("; 106 processes were left and run on: a, b, c, d, e, ..."));
  usage.remarks = {"one thing"};
  CHECK(ToString(usage).ends_with("; one thing"));
}

TEST_CASE("ending: a signal without a name is told by its number") {
  CHECK(ToString(Signalled{SIGRTMIN + 5}) == "killed by signal " + std::to_string(SIGRTMIN + 5));
  CHECK(ToString(Signalled{4711}) == "killed by signal 4711");
}

TEST_CASE("ending: only exit status 0 is success, a signal never is") {
  CHECK(Succeeded(Exited{0}));
  CHECK_FALSE(Succeeded(Exited{1}));
  CHECK_FALSE(Succeeded(Signalled{SIGKILL}));
  CHECK_FALSE(Succeeded(Signalled{0}));
  CHECK_FALSE(Succeeded(TimedOut{milliseconds(0)}));
  CHECK_FALSE(Succeeded(CouldNotStart{}));
  CHECK_FALSE(Succeeded(Interrupted{}));
}

TEST_CASE("ending: an exit status and a signal of the same number are different endings") {
  CHECK(Ending(Exited{9}) != Ending(Signalled{9}));
  CHECK(Ending(Exited{9}) == Ending(Exited{9}));
}

TEST_CASE("capture: output that was kept whole is given as it is") {
  CHECK(Capture{}.Text().empty());
  CHECK(Capture{"all of it\n", "", 0, 1}.Text() == "all of it\n");
  CHECK(Capture{"first ", "second", 0, 1}.Text() == "first second");
}

TEST_CASE("capture: what was not kept is counted, on a line of its own") {
  CHECK(Capture{"begin\n", "end\n", 1234, 40}.Text() == "begin\n[... 1234 bytes not kept ...]\nend\n");
  CHECK(Capture{"beg", "end", 7, 1}.Text() == "beg\n[... 7 bytes not kept ...]\nend");
  CHECK(Capture{"beg", "\nend", 7, 1}.Text() == "beg\n[... 7 bytes not kept ...]\nend");
  CHECK(Capture{"", "", 7, 1}.Text() == "[... 7 bytes not kept ...]");
}

}  // namespace
}  // namespace kedge
