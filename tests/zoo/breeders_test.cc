#include <doctest/doctest.h>

#include <csignal>

#include "show.h"

namespace kedge::zoo {
namespace {

constexpr milliseconds kShort{50};

TEST_CASE("zoo: forks and leaves as fast as it can, behind a leader and as a leftover") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    CHECK(Show(keeper, {.words = {"chain", "behind"}, .settles = 1}).ending == Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"chain", "behind"}, .settles = 1, .grace = kShort}).ending ==
          Ending(Signalled{SIGTERM}));
    const auto bare = Show(
        keeper, {.words = {"chain", "bare"}, .tune = [](process::ChildSpec& spec) { spec.grace = kShort; }});
    CHECK(bare.ending == Ending(Exited{0}));
  }
}

TEST_CASE("zoo: a fork bomb up to 256 deaf processes, and one that never stops to bear and to bury") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    CHECK(Show(keeper,
               {.words = {"bomb", "256"}, .words_before = {"bomb", "8"}, .settles = 256, .settles_before = 8})
              .ending == Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"bomb", "256"},
                        .words_before = {"bomb", "8"},
                        .settles = 256,
                        .settles_before = 8,
                        .grace = kShort})
              .ending == Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"churn"}, .settles = 4}).ending == Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"churn"}, .settles = 4, .grace = kShort}).ending ==
          Ending(Signalled{SIGKILL}));
  }
}

TEST_CASE("zoo: 4,000 children") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const Act act{
        .words = {"crowd", "4000"}, .words_before = {"crowd", "20"}, .settles = 4001, .settles_before = 21};
    CHECK(Show(keeper, act).ending == Ending(Signalled{SIGKILL}));
  }
}

TEST_CASE("zoo: tasks exhausted under a limit of 64") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const bool held = keeper.Holds("processes");
    const std::string promise = held ? "" : "not held here, and said: it made all that it wanted";
    for (const char* status : {"1", "0"}) {
      const auto report = Show(keeper, {.words = {"tasks", "200", status},
                                        .words_before = {"tasks", "10", status},
                                        .tune =
                                            [](auto& spec) {
                                              spec.limits.tasks = 64;
                                              spec.grace = kShort;
                                            },
                                        .promise = promise});
      CHECK(Text(report.output.out) == (held ? "made 63, Resource temporarily unavailable\n" : "made 200\n"));
      CHECK_FALSE(report.usage.leftovers.empty());
      if (held && *status == '1') {
        CHECK(report.ending == Ending(TaskLimit{64, "exit status 1"}));
      } else {
        CHECK(report.ending == Ending(Exited{std::stoi(status)}));
      }
      CHECK(report.usage.remarks.empty() == !held);
    }
  }
}

}  // namespace
}  // namespace kedge::zoo
