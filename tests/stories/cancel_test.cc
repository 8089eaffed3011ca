// Ways to be called off. Each source alone is enough; a false alarm kills nothing.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/device_state.h"
#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

SimJob ThreeSteps() { return {"a", {{}, {.behaviour = Behaviour::kHangs}, {}}}; }

// A world in which step 2 of job a runs and will not end by itself.
World InStepTwo(SimJob job = ThreeSteps()) {
  World world({job, {"b", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  return world;
}

bool Traced(const World& world, const std::string& needle) {
  return world.Trace().find(needle) != std::string::npos;
}

bool Noted(const World& world, const std::string& kind, const std::string& text) {
  return std::any_of(world.history.begin(), world.history.end(), [&](const HistoryEntry& entry) {
    return entry.kind == kind && entry.text.find(text) != std::string::npos;
  });
}

void CheckRolledBackAndNextRuns(World& world, JobStatus end) {
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "stop task"));
  CHECK(world.service.StatusOf("a") == end);
  CHECK(world.service.StatusOf("b") == JobStatus::kSucceeded);
  REQUIRE(world.state.ledger.size() == 2);
  CHECK(world.state.ledger[1].verdict == Verdict::kSafe);
  CHECK(world.state.ledger[1].status == end);
}

}  // namespace

TEST_CASE("a forced cancel kills the step, rolls back newest first and starts nothing else of the job") {
  World world = InStepTwo();
  world.trace.clear();
  world.Give(world.service.End("a", JobStatus::kCanceled, {{"reason", "wrong image"}}));
  REQUIRE(world.RunUntil("closed"));
  CHECK(
      world.Trace() ==
      "pending in progress [] queued [b#1] -> ours is not in the list: ask whether it is still ours\n"
      "  describe a#1\n"
      "notify-next offers b#1 QUEUED version 1 -> another one is the head: ask whether ours is still ours\n"
      "describe of a rejected: TerminalStateReached -> lost: describe: TerminalStateReached\n"
      "  stop task 4, grace 10 s\n"
      "task 4 ended: killed by signal 15 (TERM) -> stopped: undo begins\n"
      "  start task 5: restore files of step 2, limit 600 s\n"
      "task 5 ended: exit status 0 -> the undo task is over\n"
      "  start task 6: verify-guard files of step 2, limit 600 s\n"
      "task 6 ended: exit status 0 -> the undo task is over\n"
      "  start task 7: restore files of step 1, limit 600 s\n"
      "task 7 ended: exit status 0 -> the undo task is over\n"
      "  start task 8: verify-guard files of step 1, limit 600 s\n"
      "task 8 ended: exit status 0 -> the undo task is over\n"
      "  send FAILED for a#1 expecting version 2\n"
      "update of a rejected: InvalidStateTransition (CANCELED version 3) -> the refusal tells how it ended: "
      "closed\n"
      "  drop the undo data of a#1\n");
  CHECK(Noted(world, "lost", "CANCELED, reason=wrong image"));
  CheckRolledBackAndNextRuns(world, JobStatus::kCanceled);
}

TEST_CASE("notify without it is enough") {
  World world = InStepTwo();
  auto news = world.service.End("a", JobStatus::kCanceled);
  world.Give(news.at(0));
  CheckRolledBackAndNextRuns(world, JobStatus::kCanceled);
}

TEST_CASE("notify-next naming another one is enough") {
  World world = InStepTwo();
  auto news = world.service.End("a", JobStatus::kCanceled);
  REQUIRE(std::holds_alternative<Offered>(news.at(1)));
  world.Give(news.at(1));
  CheckRolledBackAndNextRuns(world, JobStatus::kCanceled);
}

TEST_CASE("notify-next naming none is enough") {
  World world({ThreeSteps()});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  auto news = world.service.End("a", JobStatus::kCanceled);
  REQUIRE(std::holds_alternative<NothingNext>(news.at(1)));
  world.Give(news.at(1));
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
}

TEST_CASE("a rejected progress update is enough") {
  World world = InStepTwo();
  world.service.End("a", JobStatus::kTimedOut);
  world.now.boot += 6000;  // the next progress report is due
  world.Give(TimePassed{});
  CheckRolledBackAndNextRuns(world, JobStatus::kTimedOut);
  CHECK_FALSE(Traced(world, "describe of a"));
}

TEST_CASE("the slow poll is enough when every notification was lost") {
  World world = InStepTwo();
  world.state.current->progress_due = 0;  // no progress report that would be refused first
  world.service.End("a", JobStatus::kRemoved);
  CheckRolledBackAndNextRuns(world, JobStatus::kRemoved);
  CHECK(Traced(world, "describe of a rejected"));
}

TEST_CASE("the question after a reconnect is enough") {
  World world = InStepTwo();
  world.Give(LinkDown{"keep-alive"});
  while (world.state.link_up) world.HandleNext();
  world.service.End("a", JobStatus::kCanceled);  // nobody is told
  world.Give(LinkUp{});
  CheckRolledBackAndNextRuns(world, JobStatus::kCanceled);
  CHECK_FALSE(Traced(world, "time passed -> progress"));
}

TEST_CASE("the question after a restart is enough, and the interrupted step is undone anyway") {
  World world = InStepTwo();
  world.service.End("a", JobStatus::kCanceled);
  world.Restart(/*reboot=*/true);
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(world.state.ledger.back().status == JobStatus::kCanceled);
}

TEST_CASE("deletion of the execution is a loss like a cancel") {
  World world = InStepTwo();
  world.Give(world.service.Delete("a"));
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "ResourceNotFound"));
  CHECK(world.state.ledger[1].verdict == Verdict::kSafe);
  CHECK(world.state.ledger[1].status == JobStatus::kRemoved);
}

TEST_CASE("the same job again with a higher execution number is another execution") {
  World world = InStepTwo();
  world.Give(world.service.Delete("a"));
  world.Give(world.service.Create("a", ThreeSteps().Admit(), 2));
  REQUIRE(world.RunUntil("$next offers b#1"));
  CHECK(world.state.ledger.front().id.number == 1);
  world.Give(world.service.End("a", JobStatus::kCanceled));
  CHECK(world.Settle());
}

TEST_CASE("the operator's forced cancel on the device stops at once, rolls back and reports FAILED") {
  World world = InStepTwo();
  world.Give(CancelRequested{7, JobId{"a"}, true, "smoke", "uid 0 on D-Bus"});
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "answer yes: job a is being stopped and rolled back"));
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.Find("a")->execution.details.at("reason").find("smoke") != std::string::npos);
  CHECK(world.service.Find("a")->execution.details.at("verdict") == "safe");
}

TEST_CASE(
    "the operator's graceful cancel lets the step end, rolls back and reports FAILED with the whole truth") {
  World world({{"a", {{}, {}, {}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  world.Handle(CancelRequested{7, {}, false, "", "topic"});
  CHECK_FALSE(Traced(world, "stop task"));
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK_FALSE(Traced(world, "stop task"));
  CHECK_FALSE(Traced(world, "run of step 3"));
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.Find("a")->execution.details.at("undone") == "2 of 2 steps");
}

TEST_CASE("what the operator said with his cancel reaches the report, the history and the state message") {
  World world = InStepTwo();
  CancelRequested cancel{7, JobId{"a"}, true, "", "topic"};
  cancel.number = 1;
  cancel.expected_version = world.state.current->version;
  cancel.details = {{"reason", "storm"}, {"ticket", "42"}, {"verdict", "mine"}, {"stdout", "mine"}};
  world.Give(cancel);
  while (!Traced(world, "answer yes")) REQUIRE(world.HandleNext());
  const std::string message = DeviceStateMessage(world.state, "pi-1");
  CHECK(message.find(R"("cancel":{"text":"cancelled by force on the device (topic): storm)") !=
        std::string::npos);
  CHECK(message.find(R"("ticket":"42")") != std::string::npos);
  CHECK(DeviceShadowMessage(world.state, "pi-1").find("statusDetails") == std::string::npos);
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  const DetailsMap& told = world.service.Find("a")->execution.details;
  CHECK(told.at("ticket") == "42");
  CHECK(told.at("verdict") == "safe");  // the agent's own words stay its own
  CHECK((!told.contains("stdout") || told.at("stdout") != "mine"));
  CHECK(told.at("reason").find(": storm [stdout=mine, ticket=42, verdict=mine]") != std::string::npos);
  CHECK(DeviceStateMessage(world.state, "pi-1").find("\"cancel\"") == std::string::npos);
  const auto noted = std::find_if(world.history.begin(), world.history.end(),
                                  [](const HistoryEntry& entry) { return entry.kind == "cancel-requested"; });
  REQUIRE(noted != world.history.end());
  CHECK(noted->detail ==
        R"({"statusDetails":{"reason":"storm","stdout":"mine","ticket":"42","verdict":"mine"}})");
}

TEST_CASE("a cancel of another version is refused with the version that it has, and changes nothing") {
  World world = InStepTwo();
  const int64_t version = world.state.current->version;
  CancelRequested cancel{7, JobId{"a"}, true, "", "D-Bus"};
  cancel.expected_version = version + 1;
  world.Give(cancel);
  while (!Traced(world, "answer no")) REQUIRE(world.HandleNext());
  CHECK(Traced(world, "answer no: job a has version " + std::to_string(version) +
                          ", and the request expects " + std::to_string(version + 1)));
  CHECK_FALSE(Traced(world, "stop task"));
  CHECK_FALSE(world.state.current->called_off);
}

TEST_CASE("a cancel of another execution of the job is refused, and of one that is over with how it ended") {
  World world = InStepTwo();
  CancelRequested cancel{7, JobId{"a"}, true, "", "D-Bus"};
  cancel.number = 2;
  world.Give(cancel);
  while (!Traced(world, "answer no")) REQUIRE(world.HandleNext());
  CHECK(Traced(world, "answer no: job a#2 does not run here; job a#1 does"));
  cancel.number = 1;
  world.Give(cancel);
  CHECK(world.Settle());
  world.Give(cancel);
  CHECK(world.Settle());
  CHECK(Traced(world, "answer no: job a#1 is over: it ended FAILED, verdict safe"));
}

TEST_CASE("who asks again for at once keeps what he said before") {
  World world = InStepTwo();
  CancelRequested cancel{7, JobId{"a"}, false, "", "D-Bus"};
  cancel.details = {{"ticket", "42"}};
  world.Give(cancel);
  world.Give(CancelRequested{8, JobId{"a"}, true, "", "D-Bus"});
  CHECK(world.Settle());
  CHECK(world.service.Find("a")->execution.details.at("ticket") == "42");
}

TEST_CASE("a graceful cancel grows into a forced one") {
  World world = InStepTwo();
  world.Give(CancelRequested{7, {}, false, "", "D-Bus"});
  world.Give(CancelRequested{8, {}, true, "", "D-Bus"});
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "stop task"));
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("a cancel of a job that does not run is refused and changes nothing") {
  World world = InStepTwo();
  world.Give(CancelRequested{7, JobId{"other"}, true, "", "D-Bus"});
  while (!Traced(world, "answer no")) REQUIRE(world.HandleNext());
  CHECK(Traced(world, "answer no: job other does not run here; job a does"));
  CHECK_FALSE(Traced(world, "stop task"));
}

TEST_CASE("a forced cancel waits for an uninterruptible step up to its limit and no longer") {
  SimJob job{"a", {{}, {.behaviour = Behaviour::kHangs, .interruptible = false}}};
  World world({job});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  const int64_t started = world.now.boot;
  world.Give(world.service.End("a", JobStatus::kCanceled));
  REQUIRE(world.RunUntil("lost"));
  CHECK_FALSE(Traced(world, "stop task"));
  REQUIRE(world.RunUntil("stop task"));
  CHECK(world.now.boot - started == world.policy.uninterruptible.count());
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
}

TEST_CASE("false alarms kill nothing") {
  SUBCASE("a stale notify-next of a job that is over") {
    World world = InStepTwo();
    ServiceExecution stale;
    stale.id = {JobId{"old"}, 1, 5};
    world.Give(Offered{Source::kNotifyNext, "", stale, Plan{}});
    REQUIRE(world.RunUntil("false alarm"));
    CHECK_FALSE(Traced(world, "stop task"));
  }
  SUBCASE("a late notify from before the job was started") {
    World world = InStepTwo();
    PendingChanged late;
    late.queued.push_back({world.state.current->id, 1});
    world.Give(late);
    REQUIRE(world.RunUntil("false alarm"));
    CHECK_FALSE(Traced(world, "stop task"));
  }
  SUBCASE("a notify without it, out of order") {
    World world = InStepTwo();
    world.Give(PendingChanged{});
    world.Give(NothingNext{Source::kNotifyNext, ""});
    REQUIRE(world.RunUntil("false alarm"));
    CHECK_FALSE(Traced(world, "stop task"));
  }
  SUBCASE("our own notify-next again") {
    World world = InStepTwo();
    world.Give(Offered{Source::kNotifyNext, "", world.service.Find("a")->execution, Plan{}});
    REQUIRE(world.RunUntil("nothing new"));
    CHECK_FALSE(Traced(world, "describe a#1"));
  }
  SUBCASE("the service is in trouble when asked") {
    World world = InStepTwo();
    world.Handle(PendingChanged{});
    const std::string token = world.state.current->describe->token;
    world.Handle(DescribeRejected{token, JobId{"a"}, {RejectedCode::kRequestThrottled, "", {}}});
    CHECK_FALSE(Traced(world, "stop task"));
    CHECK(world.state.current->phase == Phase::kRunning);
  }
  SUBCASE("a rejection of somebody else's question") {
    World world = InStepTwo();
    world.Handle(PendingChanged{});
    world.Handle(DescribeRejected{"not-ours", JobId{"a"}, {RejectedCode::kTerminalStateReached, "", {}}});
    world.Handle(UpdateRejected{"not-ours", JobId{"a"}, {RejectedCode::kInvalidStateTransition, "", {}}});
    CHECK(world.state.current->phase == Phase::kRunning);
    CHECK_FALSE(Traced(world, "stop task"));
  }
}

TEST_CASE("a cancel that arrives after SUCCEEDED was sent but before it was accepted is a cancel") {
  World world({{"a", {{}, {}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  world.end_before = world.operations + 1;  // after the step's end is committed, before SUCCEEDED leaves
  world.end_job = "a";
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "send SUCCEEDED"));
  CHECK(world.service.StatusOf("a") == JobStatus::kCanceled);
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
}

TEST_CASE("after the commit nothing is undone, whatever arrives") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  const auto files = world.files;
  world.Give(PendingChanged{});
  world.Give(NothingNext{Source::kNotifyNext, ""});
  world.Give(UpdateRejected{"", JobId{"a"}, {RejectedCode::kInvalidStateTransition, "", {}}});
  world.Give(CancelRequested{1, JobId{"a"}, true, "", "D-Bus"});
  CHECK(world.Settle());
  CHECK(world.files == files);
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE(
    "the same job and number, created anew while the first one finishes, does not get the first one's "
    "SUCCEEDED") {
  World world({{"a", {SimStep{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 1"));
  world.service.Delete("a");
  world.service.Create("a", SimJob{"a", {SimStep{}}}.Admit());  // another queuedAt; nobody is told
  const ExecutionId first = world.state.current->id;
  REQUIRE(world.RunUntil("send SUCCEEDED"));
  CHECK(world.RunUntil("lost"));
  CAPTURE(world.Trace());
  CHECK(world.state.current->id == first);
  CHECK(world.state.current->phase == Phase::kRollingBack);
  CHECK(world.service.StatusOf("a") == JobStatus::kQueued);
}

TEST_CASE("a describe that tells of another execution by the same name and number is the end of ours") {
  World world = InStepTwo();
  world.Handle(PendingChanged{});  // ours is not in the list: asked
  REQUIRE(world.state.current->describe);
  ServiceExecution other = world.service.Find("a")->execution;
  other.id.queued_at += 1;
  world.Handle(Described{world.state.current->describe->token, other});
  CHECK(world.state.current->phase == Phase::kStopping);
  CHECK(world.state.current->cause->kind == CauseKind::kLost);
}
