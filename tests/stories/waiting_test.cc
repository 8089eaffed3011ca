// Stories of steps that wait without a process: exit status 75 (try again later) and onNoConnection.
#include <doctest/doctest.h>

#include "stories/two_steps.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

std::string Reason(const World& world) { return world.service.updates.back().details.at("reason"); }

// A document like the plan of With(), but for the argument of the second step.
std::string Document(const std::string& argument) {
  const auto step = [](const std::string& name, const std::string& command) {
    return R"({"action":{"name":")" + name + R"(","type":"runCommand","input":{"command":")" + command +
           R"("},"protect":{"files":["/f"]}}})";
  };
  return R"({"version":"1.0","steps":[)" + step("s1", "program") + "," + step("s2", "program," + argument) +
         "]}";
}

}  // namespace

// --- Try again later

TEST_CASE("a step that wants to be tried again later is called again after a pause, and nothing is undone") {
  World world = Started(With({.wants_later = 2}));
  const int64_t before = world.now.boot;
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(world.runs["a 1"] == 1);
  CHECK(world.runs["a 2"] == 3);
  CHECK(world.now.boot - before >= 2 * world.policy.try_again.floor.count());
  CHECK(world.Broken() == std::vector<std::string>{});
}

TEST_CASE("a step may be tried again as often as the policy says, and not once more") {
  for (const int wanted : {3, 4, 99}) {
    World world = Started(With({.wants_later = wanted}));
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.runs["a 2"] == 4);
    if (wanted == 3) {
      CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
    } else {
      CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
      CHECK(Reason(world) == "step 2/2 's2' wants to be tried again later, after 3 tries");
      CheckUndone(world);
    }
  }
}

TEST_CASE("the document is asked for anew, and new queries of its URLs are taken over") {
  World world = Started(With({.arg = "https://a/f?sig=1", .wants_later = 1}));
  world.service.fresh_document = Document("https://a/f?sig=2");
  REQUIRE(world.RunUntil("with its document"));
  REQUIRE(world.RunUntil("tried again"));
  REQUIRE(world.journal.current);
  CHECK(world.journal.current->plan.document.steps[1].command.args.back() == "https://a/f?sig=2");
  CHECK(world.journal.current->document == *world.service.fresh_document);
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("another document in its place is not taken over") {
  World world = Started(With({.arg = "https://a/f?sig=1", .wants_later = 1}));
  world.service.fresh_document = Document("https://b/f?sig=2");
  REQUIRE(world.RunUntil("tried again"));
  CHECK(world.journal.current->plan.document.steps[1].command.args.back() == "https://a/f?sig=1");
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("in the pause a job can be called off at once, by the operator and by the service") {
  for (const bool by_service : {false, true}) {
    World world = Started(With({.wants_later = 1}));
    REQUIRE(world.RunUntil("exit status 75"));
    REQUIRE(world.state.current->phase == Phase::kPausing);
    if (by_service) {
      world.Give(world.service.End("a", JobStatus::kCanceled));
    } else {
      world.Give(CancelRequested{1, std::nullopt, false, "", "the operator"});
    }
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.runs["a 2"] == 1);
    CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
    CheckUndone(world);
  }
}

TEST_CASE("the pause outlives a restart and a reboot, and is counted") {
  for (const bool reboot : {false, true}) {
    World world = Started(With({.wants_later = 99}));
    for (int life = 0; life < 3; ++life) {
      REQUIRE(world.RunUntil("exit status 75"));
      CHECK(world.journal.current->phase == Phase::kPausing);
      CHECK(world.journal.current->steps[1].tries == life + 1);
      world.Restart(reboot);
    }
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.runs["a 2"] == 4);
    CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
    CheckUndone(world);
  }
}

TEST_CASE("a step that was tried again and is interrupted then is called again, not undone") {
  World world = Started(With({.behaviour = Behaviour::kHangs, .wants_later = 1}));
  REQUIRE(world.RunUntil("tried again"));
  REQUIRE(world.state.current->phase == Phase::kRunning);
  for (int life = 0; life < 3; ++life) {
    world.Restart(false);
    REQUIRE(world.RunUntil("ended: interrupted"));
    // Twice; that has an end too.
    CHECK(world.state.current->phase == (life < 2 ? Phase::kRunning : Phase::kRollingBack));
  }
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.runs["a 2"] == 4);
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(Reason(world) == "step 2/2 's2' was interrupted by a restart");
  CheckUndone(world);
}

TEST_CASE("the lease is renewed for the pause, and the service sees what is waited for") {
  World world = Started(With({.wants_later = 1}));
  REQUIRE(world.RunUntil("exit status 75"));
  world.now.boot += world.policy.progress.count();
  world.Give(TimePassed{});
  REQUIRE(world.RunUntil("send IN_PROGRESS"));
  CHECK(world.service.updates.back().details.at("step") == "2/2 s2: waits to be tried again");
}

TEST_CASE(
    "a check that wants to be made later is made later, and in the end the job may be tried elsewhere") {
  for (const int later : {1, 3, 4}) {
    World world = Started(With({.check_later = later}));
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.checks["a 2"] == std::min(later + 1, 4));
    CHECK(world.service.StatusOf("a") == (later == 4 ? JobStatus::kFailed : JobStatus::kSucceeded));
    if (later == 4) {
      CHECK(Reason(world) == "check of step 2/2 's2' wants to be tried again later, after 3 tries");
      CHECK(world.runs["a 1"] == 0);
      CheckUndone(world);
    }
  }
}

TEST_CASE("a restart while a check waits makes it again") {
  World world = Started(With({.check_later = 1}));
  REQUIRE(world.RunUntil("exit status 75"));
  world.Restart(false);
  CHECK(world.Settle());
  CHECK(world.checks["a 2"] == 2);
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(world.Broken() == std::vector<std::string>{});
}

// --- Guards that say beforehand

TEST_CASE("a guard that has no exact way back refuses the job before anything runs") {
  World world = Started(With({.guard_check = true, .guard_check_status = 1}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kRejected);
  CHECK(Reason(world) == "guard files of step 2/2 's2': exit status 1");
  CHECK(world.runs["a 1"] == 0);
  CheckUndone(world);
}

TEST_CASE("where the policy says so the job runs all the same, says so, and undone it is unknown") {
  for (const bool fails : {false, true}) {
    World world({With({.behaviour = fails ? Behaviour::kFails : Behaviour::kSucceeds,
                       .guard_check = true,
                       .guard_check_status = 1})});
    world.policy.no_way_back = NoWayBack::kRun;
    world.Boot();
    world.QueueJobs();
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.service.updates.front().details.at("no-way-back") ==
          "guard files of step 2/2 's2': no exact way back");
    CHECK(world.service.StatusOf("a") == (fails ? JobStatus::kFailed : JobStatus::kSucceeded));
    if (fails) CHECK(world.state.ledger.front().verdict == Verdict::kUnknown);
    CHECK(world.Broken() == std::vector<std::string>{});
  }
}

TEST_CASE("a guard that does not know the verb check is taken as before") {
  World world = Started(With({.guard_check = true, .guard_check_status = 2}));
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("a verification that cannot tell makes the verdict unknown, and the earlier steps are undone too") {
  World world = Started(With({.behaviour = Behaviour::kFails, .verify_status = 3}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.state.ledger.front().verdict == Verdict::kUnknown);
  CHECK_FALSE(world.state.quarantine);
  CheckUndone(world);
}

// --- onNoConnection

TEST_CASE("a step that needs the connection is done when the service answers over a new one") {
  World world = Started(With({.needs_connection = true}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.Trace().find("  connect anew") != std::string::npos);
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(world.Broken() == std::vector<std::string>{});
}

TEST_CASE("a step that cuts the device off is rolled back when its time is up, and reported afterwards") {
  World world = Started(With({.cuts_off = true, .needs_connection = true}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(Reason(world) == "no connection to the service after step 2/2 's2' within its limit");
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
  CheckUndone(world);
}

TEST_CASE("a device that is cut off turns back after a restart and a reboot too") {
  for (const bool reboot : {false, true}) {
    World world = Started(With({.cuts_off = true, .needs_connection = true}));
    REQUIRE(world.RunUntil("connect anew"));
    CHECK(world.journal.current->phase == Phase::kConnecting);
    world.Restart(reboot);
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
    CheckUndone(world);
  }
}

TEST_CASE("an answer that the old connection still brings is no proof") {
  World late = Started(With({.cuts_off = true, .needs_connection = true}));
  REQUIRE(late.RunUntil("run of step 2"));
  // A question of the old connection, answered only after the step.
  late.Handle(PendingChanged{{}, {}});
  REQUIRE(late.state.current->describe);
  REQUIRE(late.RunUntil("connect anew"));
  CHECK(late.Settle());
  CAPTURE(late.Trace());
  CHECK(late.service.StatusOf("a") == JobStatus::kFailed);
  CheckUndone(late);
}

TEST_CASE("a job that was cancelled while its device connects anew is undone") {
  World world = Started(With({.needs_connection = true}));
  REQUIRE(world.RunUntil("connect anew"));
  world.service.End("a", JobStatus::kCanceled);  // told by nobody: the new connection asks
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.state.ledger.front().status == JobStatus::kCanceled);
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
  CheckUndone(world);
}

TEST_CASE("a failure that is ignored does not make up for a connection that is gone") {
  World world = Started(With(
      {.behaviour = Behaviour::kFails, .ignore_failure = true, .cuts_off = true, .needs_connection = true}));
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CheckUndone(world);
}

TEST_CASE("a step that cut the device off and then wants another try turns back too") {
  World world =
      Started(With({.wants_later = 1, .cuts_off = true, .cuts_off_early = true, .needs_connection = true}));
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(Reason(world) == "no connection to the service after step 2/2 's2' within its limit");
  CheckUndone(world);
}

TEST_CASE("a way back that is lacking is held against nobody whose step did not begin") {
  World world(
      {{"a",
        {SimStep{.behaviour = Behaviour::kFails}, SimStep{.guard_check = true, .guard_check_status = 1}}}});
  world.policy.no_way_back = NoWayBack::kRun;
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
  CheckUndone(world);
}

TEST_CASE("a guard's check that comes to no answer does not refuse the job for ever") {
  World world = Started(With({.guard_check = true, .guard_check_status = 3}));
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.runs["a 1"] == 0);
  CheckUndone(world);
}
