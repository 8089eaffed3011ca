// Stories of a device that could not be brought back, and of how it leaves quarantine again.
#include <doctest/doctest.h>

#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

// Two steps, the second fails, and undoing it fails `times` times.
SimJob Stubborn(int times) {
  return {"a", {SimStep{}, {.behaviour = Behaviour::kFails, .undo_failures = times}}};
}

World Rested(std::vector<SimJob> jobs) {
  World world(std::move(jobs));
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  return world;
}

size_t FinalUpdates(const World& world, JobStatus status) {
  size_t count = 0;
  for (const SendUpdate& update : world.service.updates) count += update.status == status ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("what cannot be undone quarantines the device, and is kept for another attempt") {
  World world = Rested({Stubborn(99)});
  CAPTURE(world.Trace());
  REQUIRE(world.state.quarantine);
  CHECK(world.state.quarantine->by.job.value == "a");
  REQUIRE(world.state.stranded.size() == 1);
  CHECK(world.state.stranded[0].steps[0].phase == StepPhase::kDone);
  CHECK(world.journal == Durable(world.state));
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("another attempt that comes through ends the quarantine, and the service is told nothing twice") {
  World world = Rested({Stubborn(3)});
  REQUIRE(world.state.quarantine);
  world.Give(RollbackRequested{1, "uid 0"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK_FALSE(world.state.quarantine);
  CHECK(world.state.stranded.empty());
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
  CHECK(world.state.ledger.front().status == JobStatus::kFailed);
  CHECK(FinalUpdates(world, JobStatus::kFailed) == 1);
  for (const auto& [file, content] : world.files) CHECK_MESSAGE(content == "original", file);
}

TEST_CASE("another attempt that fails too leaves everything as it was, and may be repeated") {
  World world = Rested({Stubborn(6)});
  world.Give(RollbackRequested{1, "uid 0"});
  CHECK(world.Settle());
  REQUIRE(world.state.quarantine);
  CHECK(world.state.stranded.size() == 1);
  CHECK(world.state.ledger.size() == 1);
  world.Give(RollbackRequested{2, "uid 0"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK_FALSE(world.state.quarantine);
}

TEST_CASE("another attempt goes on after a power cut") {
  World world = Rested({Stubborn(3)});
  world.Give(RollbackRequested{1, "uid 0"});
  REQUIRE(world.RunUntil("answer yes"));
  world.Restart(true);
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK_FALSE(world.state.quarantine);
  CHECK(FinalUpdates(world, JobStatus::kFailed) == 1);
}

TEST_CASE("without anything stranded another attempt is refused") {
  World world = Rested({{"a", {SimStep{}}}});
  world.Handle(RollbackRequested{1, "uid 0"});
  CHECK(world.Trace().find("answer no: everything is undone: the device is not in quarantine") !=
        std::string::npos);
}

TEST_CASE("in quarantine a job stays QUEUED until the operator clears") {
  World world = Rested({Stubborn(99), {"b", {SimStep{}}}});
  CHECK(world.service.StatusOf("b") == JobStatus::kQueued);
  world.Give(ClearRequested{1, "uid 0"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.state.stranded.empty());
  CHECK(world.service.StatusOf("b") == JobStatus::kSucceeded);
}

TEST_CASE("a repair is taken in quarantine, and lifts it when it succeeds") {
  World world = Rested({Stubborn(99), {.name = "fix", .steps = {SimStep{}}, .repair = true}});
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("fix") == JobStatus::kSucceeded);
  CHECK_FALSE(world.state.quarantine);
  CHECK(world.state.stranded.empty());
}

TEST_CASE("a repair that fails is undone and leaves the quarantine as it was") {
  World world =
      Rested({Stubborn(99), {.name = "fix", .steps = {{.behaviour = Behaviour::kFails}}, .repair = true}});
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("fix") == JobStatus::kFailed);
  REQUIRE(world.state.quarantine);
  CHECK(world.state.stranded.size() == 1);
}

TEST_CASE("a journal that was lost quarantines the device, and nothing runs forward") {
  World world({{"a", {SimStep{}}}});
  world.Give(Restarted{"boot-1", "t", "the journal was damaged; it is kept as journal.db.failed-1"});
  world.Give(LinkUp{});
  world.QueueJobs();
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  REQUIRE(world.state.quarantine);
  CHECK(world.state.quarantine->by.job.value.empty());
  CHECK(world.service.StatusOf("a") == JobStatus::kQueued);
  CHECK(world.runs.empty());
}

TEST_CASE("a journal that cannot be written any more: what runs is stopped and undone, nothing else runs") {
  for (const char* until :
       {"send IN_PROGRESS", "snapshot files of step 1", "run of step 2", "reboot of step 2"}) {
    const int reboots = std::string(until).find("reboot") == 0 ? 1 : 0;
    World world(
        {{"a", {SimStep{}, {.behaviour = Behaviour::kHangs, .wants_reboots = reboots}}}, {"b", {SimStep{}}}});
    world.reboots_when_asked = false;
    world.Boot();
    world.QueueJobs();
    REQUIRE(world.RunUntil(until));
    world.Handle(JournalFailed{"the journal cannot be written: Input/output error"});
    CHECK(world.Settle());
    CAPTURE(world.Trace());
    CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
    CHECK(world.service.StatusOf("b") == JobStatus::kQueued);
    for (const auto& [file, content] : world.files) CHECK_MESSAGE(content == "original", file);
    REQUIRE(world.state.quarantine);
    CHECK(world.state.stranded.empty());
  }
}

TEST_CASE("a roll-back that comes through does not lift a quarantine for the device's own sake") {
  World world = Rested({Stubborn(3)});
  world.Handle(JournalFailed{"the journal cannot be written: Input/output error"});
  world.Give(RollbackRequested{1, "uid 0"});
  CHECK(world.Settle());
  CHECK(world.state.stranded.empty());
  REQUIRE(world.state.quarantine);
  CHECK(world.state.quarantine->reason.find("Input/output error") != std::string::npos);
}

TEST_CASE("a shutdown in the middle of an undo is no failed attempt of it") {
  World world({{"a", {{.behaviour = Behaviour::kFails}}}});
  world.Boot();
  world.QueueJobs();
  for (int shutdown = 0; shutdown < 5; ++shutdown) {
    REQUIRE(world.RunUntil("restore files of step 1"));
    world.Handle(ShutdownRequested{});
    world.Handle(TaskEnded{world.state.current->task->id, Signalled{15, false}, {}});
    REQUIRE(world.exited);
    CHECK(world.state.current->undo_failures == 0);
    world.Restart(true);
  }
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.state.ledger.front().verdict == Verdict::kSafe);
}

TEST_CASE("a job that is called off while something is being kept is undone before its step runs") {
  World world({{"a", {SimStep{}, SimStep{}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("accepted -> ours"));
  CHECK(world.state.current->task->kind == TaskKind::kSnapshot);
  world.Handle(CancelRequested{1, {}, false, "", "uid 0"});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.runs.empty());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
}

TEST_CASE("the lease is what the step may take, and is set anew with each step") {
  World world({{"a", {SimStep{}, SimStep{}}}});
  world.policy.step_limit = std::chrono::minutes(3);
  world.policy.progress = std::chrono::milliseconds(0);
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  std::vector<int64_t> leases;
  for (const SendUpdate& update : world.service.updates) {
    CHECK((update.status == JobStatus::kInProgress) == update.step_timeout_minutes.has_value());
    if (update.step_timeout_minutes) leases.push_back(*update.step_timeout_minutes);
  }
  // 3 for the step, 10 for its snapshot unless that is done, 1 for its verify, 5 for whatever comes between.
  CHECK(leases == std::vector<int64_t>{19, 9});

  World without({{"a", {SimStep{}}}});
  without.policy.lease = false;
  without.Boot();
  without.QueueJobs();
  CHECK(without.Settle());
  for (const SendUpdate& update : without.service.updates) CHECK_FALSE(update.step_timeout_minutes);
}

TEST_CASE("what is IN_PROGRESS at the service and unknown to a lost journal is reported, also in quarantine") {
  World world({{"a", {SimStep{}}}});
  world.Give(Restarted{"boot-1", "t", "the journal was damaged"});
  world.service.Create("a", SimJob{"a", {SimStep{}}}.Admit());
  world.service.StartElsewhere("a");
  world.Give(LinkUp{});
  CHECK(world.Settle());
  CAPTURE(world.Trace());
  CHECK(world.service.StatusOf("a") == JobStatus::kFailed);
  CHECK(world.service.updates.back().details.at("verdict") == "unknown");
  CHECK(world.runs.empty());
  CHECK(world.state.quarantine);
}
