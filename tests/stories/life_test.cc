// Whole lives of executions, as traces.
#include <doctest/doctest.h>

#include <algorithm>

#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

bool Traced(const World& world, const std::string& needle) {
  return world.Trace().find(needle) != std::string::npos;
}

int Count(const World& world, const std::string& needle) {
  return static_cast<int>(std::count_if(world.trace.begin(), world.trace.end(), [&](const std::string& line) {
    return line.find(needle) != std::string::npos;
  }));
}

ServiceExecution Offer(const std::string& job, JobStatus status = JobStatus::kQueued) {
  ServiceExecution offer;
  offer.id = {JobId{job}, 1, 1700000000001};
  offer.status = status;
  return offer;
}

}  // namespace

TEST_CASE("a job of one step: offered, accepted, run, committed") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.Trace() ==
        "restarted on boot boot-1 -> nothing to recover\n"
        "link up -> ask for the next one\n"
        "pending in progress [] queued [a#1] -> something is pending: asked for unless it is offered first\n"
        "notify-next offers a#1 QUEUED version 1 -> taken\n"
        "  send IN_PROGRESS for a#1 expecting version 1, lease 76 min\n"
        "update of a accepted -> ours: the first step begins\n"
        "  start task 1: snapshot files of step 1, limit 600 s\n"
        "task 1 ended: exit status 0 -> the task is over\n"
        "  start task 2: run of step 1, limit 3600 s\n"
        "task 2 ended: exit status 0 -> the task is over\n"
        "  send SUCCEEDED for a#1 expecting version 2 without details\n"
        "update of a accepted -> committed\n"
        "  drop the undo data of a#1\n"
        "pending in progress [] queued [] -> nothing new in the list\n"
        "notify-next offers nothing -> nothing to do\n");
}

TEST_CASE("no step starts before the service has accepted IN_PROGRESS") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("send IN_PROGRESS"));
  CHECK_FALSE(Traced(world, "start task"));
  CHECK(world.service.StatusOf("a") == JobStatus::kInProgress);  // the reply is on its way
}

TEST_CASE("a document that can never run here is REJECTED with its reason, without a step") {
  World world({{"a", {{}}}});
  world.Boot();
  world.Give(world.service.Create("a", Refusal{"step 1 'x': unknown handler 'frobnicate'"}));
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kRejected);
  CHECK(world.service.Find("a")->execution.details.at("reason") ==
        "step 1 'x': unknown handler 'frobnicate'");
  CHECK_FALSE(Traced(world, "start task"));
}

TEST_CASE("a check that says no makes the job REJECTED before it was accepted") {
  World world({{"a", {{.check = true}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("check of step 1"));
  while (world.state.current->task) {
    const int64_t task = world.state.current->task->id;
    world.alive.clear();
    Output output;
    output.err.head = "no room on /boot\n";
    output.err.lines = 1;
    world.Handle(TaskEnded{task, Exited{1}, output});
  }
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kRejected);
  CHECK(world.service.Find("a")->execution.details.at("reason").find("no room on /boot") !=
        std::string::npos);
  CHECK(Count(world, "send IN_PROGRESS") == 0);
}

TEST_CASE(
    "a failing step turns back: the steps that ran are undone, the rest never starts, FAILED says why") {
  World world({{"a", {{}, {.behaviour = Behaviour::kFails}, {}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK_FALSE(Traced(world, "run of step 3"));
  const auto& details = world.service.Find("a")->execution.details;
  CHECK(details.at("reason") == "step 2/3 's2': exit status 3");
  CHECK(details.at("verdict") == "safe");
  CHECK(details.at("ending") == "exit status 3");
  CHECK(details.at("undone") == "2 of 2 steps");
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("a failure that the document ignores does not stop the job") {
  World world({{"a", {{.behaviour = Behaviour::kFails, .ignore_failure = true}, {}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("a step without a way back makes the verdict unknown, and the details say so") {
  World world({{"a", {{.protect = false}, {.behaviour = Behaviour::kFails}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.service.Find("a")->execution.details.at("verdict") == "unknown");
  CHECK_FALSE(world.state.quarantine);
}

TEST_CASE("an undo that keeps failing ends unsafe and in quarantine, clear lifts it and the queue goes on") {
  World world({{"a", {{.behaviour = Behaviour::kFails}}}, {"b", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("restore files"));
  for (int attempt = 1; attempt <= world.policy.undo_attempts; ++attempt) {
    while (!world.state.current->task) REQUIRE(world.HandleNext());
    const int64_t task = world.state.current->task->id;
    world.alive.clear();
    Output output;
    output.err.head = "disk is gone";
    world.Handle(TaskEnded{task, Exited{1}, output});
  }
  CHECK(world.Settle());
  REQUIRE(world.state.quarantine);
  CHECK(world.state.quarantine->reason.find("disk is gone") != std::string::npos);
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.Find("a")->execution.details.at("verdict") == "unsafe");
  CHECK(world.service.StatusOf("b") == JobStatus::kQueued);
  CHECK_FALSE(Traced(world, "drop the undo data"));

  world.Give(ClearRequested{1, "uid 0"});
  CHECK(world.Settle());
  CHECK_FALSE(world.state.quarantine);
  CHECK(world.service.StatusOf("b") == JobStatus::kSucceeded);
}

TEST_CASE("a verify that finds differences lists them, recorded against observed") {
  World world({{"a", {{.behaviour = Behaviour::kFails}}}});
  world.policy.undo_attempts = 1;
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("verify-guard files"));
  Output output;
  output.out.head = "/etc/app.conf: mode is 0644, was 0600\n/etc/app.d: is missing\n";
  world.alive.clear();
  world.Handle(TaskEnded{world.state.current->task->id, Exited{1}, output});
  CHECK(world.Settle());
  CHECK(world.service.Find("a")->execution.details.at("difference") ==
        "files /etc/app.conf: mode is 0644, was 0600; files /etc/app.d: is missing");
  REQUIRE(world.state.quarantine);
  CHECK(
      world.state.quarantine->reason ==
      "job a could not be undone: files /etc/app.conf: mode is 0644, was 0600; files /etc/app.d: is missing");
}

TEST_CASE("more differences than there is room for: the first ones, and how many more") {
  UndoFindings findings;
  for (int i = 0; i < 100; ++i) findings.differences.push_back("file " + std::to_string(i) + " differs");
  const std::string text = DifferencesText(findings, 100);
  CHECK(text.size() <= 100);
  CHECK(text.starts_with("file 0 differs; file 1 differs; "));
  CHECK(text.ends_with("; and 95 more"));
  findings.differences = {std::string(500, 'x')};
  CHECK(DifferencesText(findings, 100) == std::string(500, 'x'));
}

TEST_CASE("killed in a step: nothing runs twice, it is undone and reported FAILED") {
  for (const bool reboot : {true, false}) {
    World world({{"a", {{}, {.behaviour = Behaviour::kHangs}}}});
    world.Boot();
    world.QueueJobs();
    REQUIRE(world.RunUntil("run of step 2"));
    world.Restart(reboot);
    CHECK(world.Settle());
    CHECK(world.Broken().empty());
    CHECK(Traced(world, "stop what is left of task 4"));
    CHECK(world.runs.at("a 2") == 1);
    CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
    CHECK(world.service.Find("a")->execution.details.at("reason") ==
          "step 2/2 's2' was interrupted by a restart");
  }
}

TEST_CASE("an interrupted step may ask to be started again, or to count as done") {
  World retried({{"a", {{.on_interrupt = OnInterrupt::kRetry}}}});
  retried.Boot();
  retried.QueueJobs();
  REQUIRE(retried.RunUntil("run of step 1"));
  retried.Restart(true);
  CHECK(retried.Settle());
  CHECK(retried.runs.at("a 1") == 2);
  CHECK(retried.service.StatusOf("a") == JobStatus::kSucceeded);

  World done({{"a", {{.on_interrupt = OnInterrupt::kDone}}}});
  done.torn = Torn::kAll;
  done.Boot();
  done.QueueJobs();
  REQUIRE(done.RunUntil("run of step 1"));
  done.Restart(true);
  CHECK(done.Settle());
  CHECK(done.runs.at("a 1") == 1);
  CHECK(done.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("a step that interrupts the device again and again is started three times and no more") {
  World world({{"a", {{.on_interrupt = OnInterrupt::kRetry}}}});
  world.Boot();
  world.QueueJobs();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.RunUntil("run of step 1"));
    world.Restart(true);
  }
  CHECK(world.Settle());
  CHECK(world.runs.at("a 1") == 3);
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("SIGTERM ends the step and the agent, the next start undoes it") {
  World world({{"a", {{}, {.behaviour = Behaviour::kHangs}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  world.Give(ShutdownRequested{});
  world.Settle();
  CHECK(world.exited);
  CHECK(world.alive.empty());
  CHECK(world.service.StatusOf("a") == JobStatus::kInProgress);
  world.Restart(false);
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("a final status waits for the link, over a restart too, and is sent until it is answered") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 1"));
  world.Handle(LinkDown{"cable"});
  CHECK(world.Settle());
  CHECK_FALSE(Traced(world, "send SUCCEEDED"));
  CHECK(world.state.current->phase == Phase::kFinishing);
  world.Restart(true);
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE(
    "a request without an answer is sent again, later each time, and a late answer to the first is dropped") {
  World world({{"a", {{}}}});
  world.Boot();
  world.Settle();
  world.Handle(Offered{Source::kNotifyNext, "", Offer("a"), Refusal{"no"}});
  // Nobody answers: the fake service does not know this execution, so it is told so; make it silent instead.
  World silent({{"a", {{}}}});
  silent.Boot();
  silent.Settle();
  silent.QueueJobs();
  silent.now.random = 0.9;
  REQUIRE(silent.RunUntil("send IN_PROGRESS"));
  const int64_t sent = silent.now.boot;
  const PendingUpdate first = *silent.state.current->update;
  silent.now.boot = first.due;
  const Transition second = Advance(silent.policy, silent.state, {silent.now, TimePassed{}});
  const PendingUpdate again = *second.state.current->update;
  CHECK(again.attempts == 2);
  CHECK(again.token != first.token);
  CHECK(again.due - silent.now.boot > first.due - sent);
  const Transition late =
      Advance(silent.policy, second.state, {silent.now, UpdateAccepted{first.token, JobId{"a"}, {}}});
  CHECK(late.actions.empty());
  CHECK(late.state == second.state);
  // The second one finds the version changed by the first: ours all the same.
  const Transition found = Advance(
      silent.policy, second.state,
      {silent.now,
       UpdateRejected{again.token,
                      JobId{"a"},
                      {RejectedCode::kVersionMismatch, "", ExecutionState{JobStatus::kInProgress, 2, {}}}}});
  CHECK(found.state.current->phase == Phase::kRunning);
  CHECK(found.state.current->version == 2);
}

TEST_CASE(
    "a service that says no more than over when SUCCEEDED is sent again: undone, and agreement is not "
    "claimed") {
  for (const int sent : {1, 2}) {
    CAPTURE(sent);
    World world({{"a", {{}}}});
    world.Boot();
    world.QueueJobs();
    REQUIRE(world.RunUntil("send SUCCEEDED"));
    if (sent == 2) {
      world.now.boot = world.state.current->update->due;  // the first one has had its time
      world.Handle(TimePassed{});
      REQUIRE(world.state.current->update->attempts == 2);
    }
    const std::string token = world.state.current->update->token;
    world.Handle(UpdateRejected{token, JobId{"a"}, {RejectedCode::kTerminalStateReached, "it is over", {}}});
    CHECK(world.state.current->phase == Phase::kRollingBack);
    CHECK(world.Settle());
    CHECK(world.state.ledger.front().verdict == Verdict::kUnknown);
  }
}

TEST_CASE("an acceptance without our token is not ours, a rejection without one may be") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("send SUCCEEDED"));
  const State waiting = world.state;
  const Transition accepted = Advance(world.policy, waiting, {world.now, UpdateAccepted{"", JobId{"a"}, {}}});
  CHECK(accepted.state == waiting);
  CHECK(accepted.actions.empty());
  // The service cannot echo the token of what it could not read.
  const Transition rejected =
      Advance(world.policy, waiting,
              {world.now, UpdateRejected{"", JobId{"a"}, {RejectedCode::kInternalError, "", {}}}});
  CHECK(rejected.answer == "sent again later");
}

TEST_CASE("another client that started it first keeps it") {
  World world({{"a", {{}}}});
  world.Boot();
  world.Settle();
  auto news = world.service.Create("a", SimJob{"a", {{}}}.Admit());
  world.service.StartElsewhere("a");
  world.Give(news);
  CHECK(world.Settle());
  CHECK_FALSE(Traced(world, "start task"));
  CHECK(world.service.StatusOf("a") == JobStatus::kInProgress);
}

TEST_CASE("IN_PROGRESS at the service but unknown to the journal is never run, it is reported FAILED") {
  World world({{"a", {{}}}});
  world.service.Create("a", SimJob{"a", {{}}}.Admit());
  world.service.StartElsewhere("a");
  world.Boot();
  CHECK(world.Settle());
  CHECK_FALSE(Traced(world, "start task"));
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.Find("a")->execution.details.at("verdict") == "unknown");
}

TEST_CASE("a refused statusDetails costs the details, not the status") {
  World world({{"a", {{.behaviour = Behaviour::kFails}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("send FAILED"));
  const std::string token = world.state.current->update->token;
  world.trace.clear();
  world.Handle(UpdateRejected{token, JobId{"a"}, {RejectedCode::kInvalidRequest, "statusDetails", {}}});
  CHECK(Traced(world, "send FAILED for a#1 expecting version 2 without details"));
}

TEST_CASE("a stale version is adopted from the rejection, and for ever changing versions do not block") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("send SUCCEEDED"));
  for (int64_t version = 10; version < 15; ++version) {
    const std::string token = world.state.current->update->token;
    world.Handle(UpdateRejected{
        token,
        JobId{"a"},
        {RejectedCode::kVersionMismatch, "", ExecutionState{JobStatus::kInProgress, version, {}}}});
    CHECK(world.state.current->version == version);
  }
  CHECK(world.trace.back() == "  send SUCCEEDED for a#1 without details");
}

TEST_CASE("a doubled or late notify-next of a finished job runs nothing") {
  World world({{"a", {{}}}, {"b", {{}}}});
  world.Boot();
  auto first = world.service.Create("a", SimJob{"a", {{}}}.Admit());
  world.Give(first);
  world.Give(first);
  CHECK(world.Settle());
  world.Give(world.service.Create("b", SimJob{"b", {{}}}.Admit()));
  CHECK(world.Settle());
  world.Give(first);  // A, B, then A again
  CHECK(world.Settle());
  CHECK(world.runs.at("a 1") == 1);
  CHECK(world.runs.at("b 1") == 1);
  CHECK(world.Broken().empty());
}

TEST_CASE("progress is told at most once in five seconds, and the last one is not lost") {
  SimStep hangs{.behaviour = Behaviour::kHangs};
  World world({{"a", {{}, {}, hangs}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 3"));
  CHECK(Count(world, "send IN_PROGRESS") == 1);
  REQUIRE(world.RunUntil("send IN_PROGRESS"));
  while (world.state.current->update) REQUIRE(world.HandleNext());
  CHECK(world.service.Find("a")->execution.details.at("step") == "3/3 s3");
  CHECK(world.service.Find("a")->execution.version == 3);
}

TEST_CASE("a notify that $next does not know of yet is asked about again a few times, and then no more") {
  World world({{"a", {{}}}});
  world.Boot();
  world.Settle();
  world.trace.clear();
  PendingChanged list;
  list.queued.push_back({ExecutionId{JobId{"ghost"}, 1, 3}, 1});
  world.Give(list);
  CHECK(world.Settle());
  CHECK(Count(world, "ask for $next") == 4);
}
