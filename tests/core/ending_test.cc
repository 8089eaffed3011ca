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
  CHECK(ToString(TimedOut{milliseconds(30000)}) == "timed out after 30 s");
  CHECK(ToString(TimedOut{milliseconds(1500)}) == "timed out after 1500 ms");
  CHECK(ToString(CouldNotStart{"execve /opt/x/run: Permission denied"}) ==
        "could not start: execve /opt/x/run: Permission denied");
  CHECK(ToString(Interrupted{}) == "interrupted");
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
