#include <doctest/doctest.h>
#include <sys/resource.h>

#include <vector>

#include "show.h"

namespace kedge::zoo {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

TEST_CASE("zoo: memory exhausted under a limit of 32 MiB, by itself, by a child, in a tmpfs") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const bool held = keeper.Holds("memory");
    const std::string promise = held ? "" : "not held here, and said: it took all that it wanted";
    for (const char* who : {"self", "child", "tmpfs"}) {
      const auto report = Show(keeper, {.words = {"memory", "96", who},
                                        .words_before = {"memory", "1", who},
                                        .tune = [](auto& spec) { spec.limits.memory = 32 * kMebibyte; },
                                        .promise = promise});
      if (held) {
        CHECK(report.ending == Ending(OutOfMemory{32 * kMebibyte}));
        CHECK(ToString(report.ending) == "out of memory: killed by the kernel at its limit of 32 MiB");
        CHECK(report.usage.peak_memory <= 33 * kMebibyte);
      } else {
        CHECK(report.ending == Ending(Exited{0}));
        CHECK(Text(report.output.out).find("took all") != std::string::npos);
      }
    }
  }
}

TEST_CASE("zoo: the memory that it took without a limit is told") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report = Show(keeper, {.words = {"memory", "48", "self"}, .words_before = {"memory", "1"}});
    CHECK(report.ending == Ending(Exited{0}));
    rusage own{};
    getrusage(RUSAGE_SELF, &own);
    if (report.usage.peak_memory == 0) {
      // Not known, for this test itself is the larger one: under a sanitizer.
      CHECK(own.ru_maxrss * int64_t{1024} >= 48 * kMebibyte);
    } else {
      CHECK(report.usage.peak_memory >= 48 * kMebibyte);
      CHECK(report.usage.peak_memory < 64 * kMebibyte);
    }
    // Its own is told, or nothing; not that of an agent which it was forked from and which is a big one now.
    const std::vector<char> big(64 * kMebibyte, 'x');
    const auto small = Show(keeper, {.words = {"memory", "1", "self"}});
    CHECK(small.usage.peak_memory < 8 * kMebibyte);
  }
}

TEST_CASE("zoo: all descriptors that it can have") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report =
        Show(keeper, {.words = {"descriptors", "65536"}, .words_before = {"descriptors", "10"}});
    CHECK(report.ending == Ending(Exited{0}));
    CHECK(Text(report.output.out).starts_with("made "));
  }
}

TEST_CASE("zoo: processor time of a grandchild that nobody waited for") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const bool counted = kind == Kind::kGroup;
    const auto report =
        Show(keeper, {.words = {"burn", "150"},
                      .words_before = {"burn", "1"},
                      .promise = counted ? "" : "not promised: processor time of what was not waited for"});
    CHECK(report.ending == Ending(Exited{0}));
    CHECK(report.usage.wall >= milliseconds(150));
    if (counted) CHECK(report.usage.cpu >= milliseconds(150));
    CHECK(report.usage.cpu < milliseconds(1500));
  }
}

}  // namespace
}  // namespace kedge::zoo
