#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>

#include <fstream>

#include "sys/clock.h"
#include "workbench.h"

namespace kedge::process {
namespace {

TEST_CASE("both streams are drained together: 200 KB on stderr while stdout is open") {
  Workbench bench(false);
  const auto end =
      bench.Run(bench.Shell("t", "head -c 200000 /dev/zero >&2; echo out; head -c 200000 /dev/zero >&2"));
  CHECK(end.ending == Ending(Exited{0}));
  CHECK(Text(end.output.out) == "out\n");
  CHECK(end.output.err.head.size() + end.output.err.tail.size() == 64 * 1024);
  CHECK(end.output.err.dropped == 400000 - 64 * 1024);
}

TEST_CASE("more than a thousand lines are all counted, first and last are kept") {
  Workbench bench(false);
  auto spec =
      bench.Shell("t", "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; printf unfinished");
  spec.keep_bytes = 100;
  const auto end = bench.Run(spec);
  CHECK(end.ending == Ending(Exited{0}));
  CHECK(end.output.out.lines == 5001);
  CHECK(end.output.out.head.find("line 0\nline 1\n") == 0);
  CHECK(end.output.out.tail.find("line 4999\nunfinished") != std::string::npos);
}

TEST_CASE("a flood is read to its end, kept in bounds, and does not starve the loop") {
  Workbench bench(false);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  int ticks = 0;
  sys::Handle timer;
  const std::function<void()> tick = [&] {
    ++ticks;
    timer = bench.loop().At(sys::BootMillis() + 1, tick);
  };
  tick();
  const auto end = bench.Run(bench.Spec("flood", {AWKWARD, "flood", "256"}));
  timer.reset();
  CHECK(end.ending == Ending(Exited{0}));
  CHECK(end.output.out.head.size() + end.output.out.tail.size() == 64 * 1024);
  CHECK(end.output.out.dropped == (256 << 20) - 64 * 1024);
  CHECK(end.output.out.lines == 256 * 16);
  CHECK(ticks > 5);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 8 * 1024);  // KiB: far from 256 MiB, with room for a sanitizer
}

TEST_CASE("binary output stays as it is") {
  Workbench bench(false);
  const auto end = bench.Run(bench.Shell("t", R"(printf '\000\377\033[31m%%s')"));
  CHECK(Text(end.output.out) == std::string("\0\xff\x1b[31m%s", 9));
}

TEST_CASE("a step that closes its streams early runs on to its own end") {
  Workbench bench(false);
  const Folder folder;
  const auto end =
      bench.Run(bench.Shell("t", "echo first; exec >&- 2>&-; : > " + (folder / "after") + "; exit 4"));
  CHECK(end.ending == Ending(Exited{4}));
  CHECK(Text(end.output.out) == "first\n");
  CHECK(std::ifstream(folder / "after").good());
}

TEST_CASE("what the pipe still holds when a task has ended is not lost") {
  Workbench bench(false);
  const std::string word = sys::RandomWord(20);
  auto spec = bench.Spec("t", {AWKWARD, "burst", word});
  spec.keep_bytes = 1 << 20;
  bench.Start(spec);
  // Without the loop: nothing is read before all is over.
  const int64_t give_up = sys::BootMillis() + 20000;
  while (OwnZombies() == 0 && sys::BootMillis() < give_up) sched_yield();
  const auto end = bench.WaitForEnd("t");
  CHECK(end.ending == Ending(Exited{0}));
  CHECK(end.output.out.head.size() + end.output.out.tail.size() == 1000000);
}

}  // namespace
}  // namespace kedge::process
