// Stories of steps that reboot the device: `run` exits with 194 and is called again on the next boot.
#include <doctest/doctest.h>

#include "stories/two_steps.h"

using namespace kedge;
using namespace kedge::fakes;

TEST_CASE("a step that wants a reboot is called again on the next boot, and the job goes on") {
  World world = Started(With({.wants_reboots = 1}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(world.reboots == 1);
  CHECK(world.runs["a 1"] == 1);
  CHECK(world.runs["a 2"] == 2);
  CHECK(world.Broken() == std::vector<std::string>{});
}

TEST_CASE("the intent to reboot is in the journal before the system is asked") {
  World world = Started(With({.wants_reboots = 1}));
  REQUIRE(world.RunUntil("reboot of step 2"));
  REQUIRE(world.journal.current);
  CHECK(world.journal.current->phase == Phase::kRebooting);
  CHECK(world.journal.current->task->kind == TaskKind::kReboot);
  CHECK(world.journal.current->steps[1].reboots == 1);
}

TEST_CASE("a step may reboot the device as often as the policy says, and not once more") {
  for (const int wanted : {3, 4, 99}) {
    World world = Started(With({.wants_reboots = wanted}));
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.reboots == 3);
    if (wanted == 3) {
      CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
    } else {
      CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
      CHECK(world.service.updates.back().details.at("reason") ==
            "step 2/2 's2' wants a reboot again, after 3");
      CheckUndone(world);
    }
  }
}

TEST_CASE("a device that does not reboot fails the step, by the boot clock") {
  World world = Started(With({.wants_reboots = 1}));
  world.reboots_when_asked = false;
  REQUIRE(world.RunUntil("reboot of step 2"));
  const int64_t asked = world.now.boot;
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.updates.back().details.at("reason") ==
        "step 2/2 's2': the device did not reboot within 120 s");
  CHECK(world.now.boot >= asked + world.policy.reboot_wait.count());
  CheckUndone(world);
}

TEST_CASE("an agent that is restarted on the same boot asks again, a limited number of times") {
  World world = Started(With({.wants_reboots = 1}));
  world.reboots_when_asked = false;
  for (int restart = 0; restart < 3; ++restart) {
    REQUIRE(world.RunUntil("reboot of step 2"));
    world.Restart(false);
  }
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.updates.back().details.at("reason") == "step 2/2 's2': the device does not reboot");
  CheckUndone(world);
}

TEST_CASE("a job that is cancelled while the device is about to reboot is undone, not continued") {
  for (const bool told : {true, false}) {
    World world = Started(With({.wants_reboots = 1}));
    REQUIRE(world.RunUntil("reboot of step 2"));
    auto news = world.service.End("a", JobStatus::kCanceled, {{"by", "operator"}});
    if (told) world.Give(std::move(news));
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.service.StatusOf("a") == JobStatus::kCanceled);
    CheckUndone(world);
  }
}

TEST_CASE("the operator's cancel between two calls of a step does not wait for the reboot") {
  for (const bool force : {true, false}) {
    World world = Started(With({.wants_reboots = 1}));
    world.reboots_when_asked = false;
    REQUIRE(world.RunUntil("reboot of step 2"));
    world.Give(CancelRequested{1, {}, force, "", "uid 0"});
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
    CHECK(world.runs["a 2"] == 1);
    CheckUndone(world);
  }
}

TEST_CASE("a step that was called off gracefully and then wants a reboot does not get it") {
  World world = Started(With({.wants_reboots = 1}));
  REQUIRE(world.RunUntil("start task 4: run of step 2"));
  world.Give(CancelRequested{1, {}, false, "", "uid 0"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.reboots <= 1);
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CheckUndone(world);
}

TEST_CASE("a reboot that the system refuses fails the step with the system's words") {
  World world = Started(With({.wants_reboots = 1}));
  REQUIRE(world.RunUntil("run of step 2"));
  world.Handle(TaskEnded{world.state.current->task->id, Exited{194}, {}});
  Output output;
  output.err.head = "Call to Reboot failed: Access denied\n";
  output.err.lines = 1;
  world.Handle(TaskEnded{world.state.current->task->id, Exited{1}, output});
  CHECK(world.state.current->cause->text ==
        "step 2/2 's2': the device cannot be rebooted: exit status 1: Call to Reboot failed: Access denied");
}
