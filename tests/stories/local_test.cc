// Stories of a local run: its service is in its own process, so after a restart there is nobody to ask or to
// tell. The world's service is that process, and does not know the job afterwards.
#include <doctest/doctest.h>

#include <algorithm>

#include "stories/two_steps.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

World StartedLocally(const SimJob& job) {
  World world({job});
  world.Boot();
  world.Give(world.service.Create("a", job.Admit(), kLocalNumber));
  return world;
}

size_t MessagesIn(const World& world) {
  return static_cast<size_t>(std::count_if(world.trace.begin(), world.trace.end(), [](const auto& line) {
    return line.starts_with("  send ") || line.starts_with("  describe ");
  }));
}

// The next life: with another service, which never heard of the job, or with none at all.
void CheckUndoneByTheNextLife(World& world, bool reboot) {
  const bool took_it = world.journal.current.has_value();
  world.service.Delete("a");
  const size_t sent = MessagesIn(world);
  world.Restart(reboot);
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CheckUndone(world);
  CHECK(MessagesIn(world) == sent);
  CHECK_FALSE(world.state.quarantine);
  if (!took_it) return;
  REQUIRE(world.state.ledger.size() == 1);
  CHECK(world.state.ledger.front().status == JobStatus::kFailed);
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
}

}  // namespace

TEST_CASE("a local run goes through the same life as any job") {
  World world = StartedLocally(With({.check = true}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(world.Broken() == std::vector<std::string>{});
}

TEST_CASE("a local run that is cut off at any operation is undone by the next life, and nobody is told") {
  int cuts = 0;
  for (const SimStep& second :
       {SimStep{}, SimStep{.check = true}, SimStep{.on_interrupt = OnInterrupt::kRetry},
        SimStep{.on_interrupt = OnInterrupt::kDone},
        SimStep{.behaviour = Behaviour::kFails, .rollback = true}, SimStep{.wants_later = 1},
        SimStep{.needs_connection = true}, SimStep{.wants_reboots = 1}}) {
    for (const bool reboot : {false, true}) {
      for (const Torn torn : {Torn::kNothing, Torn::kHalf, Torn::kAll}) {
        for (int64_t cut = 0;; ++cut) {
          World world = StartedLocally(With(second));
          world.cut_before = cut;
          world.torn = torn;
          try {
            world.Settle();
            break;  // the plan's cut is behind the end
          } catch (const PowerCut&) {
          }
          if (!world.journal.ledger.empty()) break;  // committed, or undone: over
          CAPTURE(cut);
          CheckUndoneByTheNextLife(world, reboot);
          ++cuts;
        }
      }
    }
  }
  CHECK(cuts > 300);
}

TEST_CASE("a local run that was interrupted needs no link to be undone") {
  World world = StartedLocally(With({.behaviour = Behaviour::kHangs}));
  REQUIRE(world.RunUntil("run of step 2"));
  world.state = world.journal;
  world.Handle(Restarted{"boot-1", "u"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK_FALSE(world.state.link_up);
  CHECK_FALSE(world.state.current);
  REQUIRE(world.state.ledger.size() == 1);
  CHECK(world.state.ledger.front().text == "the local run was interrupted");
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
}

TEST_CASE("where no reboot is allowed, a step that wants one fails") {
  World world = StartedLocally(With({.wants_reboots = 1}));
  world.policy.reboot_limit = 0;
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.reboots == 0);
  CHECK(world.service.updates.back().details.at("reason") ==
        "step 2/2 's2' wants a reboot, which is not allowed here");
  CheckUndone(world);
}
