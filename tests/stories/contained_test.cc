// What a step tells, leaves running, and how long the whole job may take.
#include <doctest/doctest.h>

#include <algorithm>

#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

std::string Last(const World& world, const std::string& kind) {
  const auto& entries = world.history;
  const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                  [&](const HistoryEntry& entry) { return entry.kind == kind; });
  return found == entries.rend() ? "" : found->text;
}

// A world whose job "a" is in its first, hanging step.
World InStep(SimStep step = {.behaviour = Behaviour::kHangs}) {
  World world({{"a", {step}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("start task 2: run"));
  return world;
}

const DetailsMap& AtService(const World& world) { return world.service.Find("a")->execution.details; }

}  // namespace

TEST_CASE("what a step tells goes out at once when nothing was sent for a while, then at most each 5 s") {
  World world = InStep();
  const int64_t task = world.state.current->task->id;
  world.now.boot += 10000;
  world.Give(TaskTold{task, {{"progress", "10"}, {"step", "fetching"}}});
  REQUIRE(world.RunUntil("the progress is stored"));
  CHECK(AtService(world).at("progress") == "10");
  CHECK(AtService(world).at("step") == "1/1 s1: fetching");
  world.Handle(TaskTold{task, {{"progress", "20"}}});
  world.Handle(TaskTold{task, {{"progress", "30%"}, {"package", "nginx"}}});
  CHECK(AtService(world).at("progress") == "10");
  CHECK(NextDeadline(world.state) == world.state.current->last_update + 5000);
  world.now.boot = *NextDeadline(world.state);
  world.Give(TimePassed{});
  REQUIRE(world.RunUntil("the progress is stored"));
  CHECK(AtService(world).at("progress") == "30");
  CHECK(AtService(world).at("package") == "nginx");
}

TEST_CASE("the last word of a step is in the final report, whatever came between") {
  World world = InStep();
  const int64_t task = world.state.current->task->id;
  world.Handle(TaskTold{task, {{"package", "old"}, {"gone", "soon"}}});
  TaskEnded ended{task, Exited{0}};
  ended.told = {{"package", "new"}, {"gone", ""}};
  world.alive.clear();
  world.Handle(ended);
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  CHECK(AtService(world).at("package") == "new");
  CHECK_FALSE(AtService(world).contains("gone"));
}

TEST_CASE("what a step may not tell is refused once, with a reason, and the rest is kept") {
  World world = InStep();
  const int64_t task = world.state.current->task->id;
  world.Handle(TaskTold{task, {{"verdict", "safe"}, {"bad key", "x"}, {"progress", "101"}, {"fine", "yes"}}});
  CHECK(world.state.current->steps[0].told == DetailsMap{{"fine", "yes"}});
  CHECK(Last(world, "status-refused").find("a key has 1 to 128") != std::string::npos);
  const size_t entries = world.history.size();
  world.Handle(TaskTold{task, {{"stdout", "mine"}}});
  CHECK(world.history.size() == entries);
  DetailsMap many;
  for (char key = 'a'; key <= 'z'; ++key) many[std::string(1, key)] = "value";
  world.Handle(TaskTold{task, many});
  CHECK(world.state.current->steps[0].told.size() == 8);
  world.Handle(TaskTold{task + 7, {{"fine", "no"}}});
  CHECK(world.state.current->steps[0].told.at("fine") == "yes");
}

TEST_CASE("what outlives KILL is told, and undo waits for it") {
  World world = InStep();
  world.Give(CancelRequested{1, {}, true, "", "test"});
  world.stuck = true;
  REQUIRE(world.RunUntil("stop task 2"));
  world.Handle(TaskSurvives{2, "dd (77) in uninterruptible sleep"});
  CHECK(world.state.current->survivor == "dd (77) in uninterruptible sleep");
  CHECK(Last(world, "survives").find("dd (77)") != std::string::npos);
  CHECK(world.state.current->phase == Phase::kStopping);
  world.alive.clear();
  world.Handle(TaskEnded{2, Signalled{9, false}});
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.Broken().empty());
}

TEST_CASE("what a step keeps running is ended before anything is undone, and lives on after success") {
  for (const bool fails : {false, true}) {
    CAPTURE(fails);
    World world({{"a",
                  {{.keeps = true},
                   {.keeps = true},
                   {.behaviour = fails ? Behaviour::kFails : Behaviour::kSucceeds}}}});
    world.Boot();
    world.QueueJobs();
    CHECK(world.Settle());
    CHECK(world.service.StatusOf("a") == (fails ? JobStatus::kFailed : JobStatus::kSucceeded));
    CHECK(world.kept.size() == (fails ? 0 : 2));
    CHECK(world.Broken().empty());
    CHECK((Last(world, "stopped").find("had left running is ended") != std::string::npos) == fails);
  }
}

TEST_CASE("killed while it ends what was kept, the next life goes on with the undo") {
  World world({{"a", {{.keeps = true}, {.behaviour = Behaviour::kFails}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("stop what is left of task 2"));
  world.Restart(false);
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.Broken().empty());
}

TEST_CASE("the job's limit of time: a step gets what is left, and none begins when nothing is") {
  using std::chrono::seconds;
  SimJob job{"a", {{.takes = seconds(40)}, {.takes = seconds(20)}, {}}};
  job.timeout = seconds(60);
  World world({job});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.Trace().find("run of step 1, limit 60 s (the rest of the job's)") != std::string::npos);
  CHECK(world.Trace().find("run of step 2, limit 20 s (the rest of the job's)") != std::string::npos);
  CHECK(world.Trace().find("run of step 3") == std::string::npos);
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(AtService(world).at("reason").find("the job's limit of time is used up before step 3/3") == 0);
  CHECK(world.Broken().empty());
}

TEST_CASE("without a limit of its own a job has the agent's, and what its steps name on top") {
  World world({{"a", {{}}}});
  world.policy.job_limit = std::chrono::seconds(100);
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  CHECK(world.Trace().find("run of step 1, limit 100 s (the rest of the job's)") != std::string::npos);
}
