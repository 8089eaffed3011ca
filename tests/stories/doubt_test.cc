// Stories in which what the agent is told is late, doubled or missing, or comes again and again: it neither
// believes too soon nor asks for ever.
#include <doctest/doctest.h>

#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

TEST_CASE("a list that still offers what is closed here is stale, and is asked for again a few times") {
  World world({{"a", {SimStep{}}}, {"b", {SimStep{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("committed"));
  const ServiceExecution closed = [&] {
    ServiceExecution offer = world.service.Find("a")->execution;
    offer.status = JobStatus::kQueued;
    return offer;
  }();
  // Every word of job b is lost; all that comes is the old head.
  world.lose_notifications = true;
  World stale = world;
  for (int asked = 0; asked < 10 && stale.state.next; ++asked) {
    stale.now.boot = stale.state.next->due;
    stale.Handle(TimePassed{});
    if (!stale.state.next->in_flight) break;
    stale.Handle(Offered{Source::kNextReply, stale.state.next->token, closed, {}});
  }
  CHECK_FALSE(stale.state.next);  // not for ever
  size_t questions = 0;
  for (const std::string& line : stale.trace) questions += line == "  ask for $next" ? 1 : 0;
  CHECK(questions >= 4);
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("b") == JobStatus::kSucceeded);
}

TEST_CASE(
    "a start that was delivered twice, and whose first answer was lost, is recognised by our own words") {
  for (const bool ours : {true, false}) {
    World world({{"a", {SimStep{}}}});
    world.Boot();
    world.QueueJobs();
    REQUIRE(world.RunUntil("send IN_PROGRESS"));
    const SendUpdate sent = world.service.updates.back();
    const DetailsMap details = ours ? sent.details : DetailsMap{{"by", "another client"}};
    world.Handle(UpdateRejected{
        sent.token,
        sent.execution.job,
        {RejectedCode::kVersionMismatch, "", ExecutionState{JobStatus::kInProgress, 2, details}}});
    CHECK(world.state.current.has_value() == ours);
    if (ours) CHECK(world.state.current->phase == Phase::kRunning);
  }
}

TEST_CASE("a check that brings the device down each time is given up") {
  World world({{"a", {SimStep{.check = true}}}});
  world.Boot();
  world.QueueJobs();
  for (int crash = 0; crash < 3; ++crash) {
    REQUIRE(world.RunUntil("check of step 1"));
    world.Restart(true);
  }
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.updates.back().details.at("reason") ==
        "check of step 1/1 's1' was interrupted 3 times");
  CHECK(world.runs.empty());
}

TEST_CASE(
    "an idle agent asks for the next job now and then, and comes to a job whose every notification was "
    "lost") {
  World world({{"a", {SimStep{}}}});
  world.policy.idle_poll = std::chrono::hours(1);
  world.Boot();
  REQUIRE(world.RunUntil("link up"));
  while (world.state.next) REQUIRE(world.HandleNext());
  const int64_t idle = world.now.boot;
  world.service.Create("a", SimJob{"a", {SimStep{}}}.Admit());  // and nobody is told
  REQUIRE(world.RunUntil("committed"));
  CHECK(world.now.boot >= idle + 30 * 60 * 1000);
  CHECK(world.now.boot <= idle + 91 * 60 * 1000);
}

TEST_CASE(
    "a final status that the service refuses for ever is reported again when it offers the execution, three "
    "times") {
  World world({{"a", {{.behaviour = Behaviour::kFails}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("send FAILED"));
  const auto refuse = [&] {
    for (int time = 0; time < 2; ++time) {  // with details, and without
      const std::string token = world.state.current->update->token;
      world.Handle(UpdateRejected{token, JobId{"a"}, {RejectedCode::kInvalidRequest, "no", {}}});
    }
    CHECK_FALSE(world.state.current);
    CHECK(world.state.ledger.front().status == JobStatus::kFailed);
  };
  refuse();
  ServiceExecution offer = world.service.Find("a")->execution;
  offer.status = JobStatus::kInProgress;
  int reports = 0;
  for (int offers = 0; offers < 5; ++offers) {
    world.Handle(Offered{Source::kNotifyNext, "", offer, SimJob{"a", {SimStep{}}}.Admit()});
    if (!world.state.current) continue;
    CHECK(world.state.current->phase == Phase::kReporting);
    ++reports;
    refuse();
  }
  CHECK(reports == 3);
}
