#include "sample_job.h"

#include <cstdlib>

namespace kedge::store {
namespace {

constexpr int64_t kWall = 1764000000000;

HistoryEntry Line(const Execution& execution, const char* kind, std::string text) {
  return {execution.id, kWall, kind, {}, std::move(text), ""};
}

}  // namespace

std::string OneStepDocument(const std::string& command) {
  return R"({"version":"1.0","steps":[{"action":{"name":"run","type":"runCommand","input":{"command":")" +
         command + R"("},"runAsUser":""}}]})";
}

Change Offer(const State& from, const ExecutionId& id, const std::string& document) {
  Change offered{from, {}};
  Execution& execution = offered.after.current.emplace();
  execution.id = id;
  execution.document = document;
  Result<JobDocument> parsed = ParseJobDocument(document);
  if (!parsed) std::abort();  // the test is wrong
  execution.plan.document = std::move(*parsed);
  execution.plan.verbs.resize(execution.plan.document.steps.size());
  execution.steps.resize(execution.plan.verbs.size());
  execution.phase = Phase::kAccepting;
  execution.offered_wall = kWall;
  execution.update = PendingUpdate{JobStatus::kInProgress, false, 1, 0, 1, "t1", 5};
  offered.history.push_back(Line(execution, "offered", "job " + id.job.value + " with 1 step"));
  return offered;
}

std::vector<Change> NoOpJob(const State& from, int64_t number) {
  const ExecutionId id{{"3f2b8c1e-no-op-" + std::to_string(number)}, 1, kWall};
  std::vector<Change> commits{Offer(from, id, OneStepDocument("true"))};

  Change running{commits.back().after, {}};
  Execution* execution = &*running.after.current;
  execution->update.reset();
  execution->version = 2;
  execution->phase = Phase::kRunning;
  execution->accepted_wall = kWall;
  execution->task = Task{running.after.next_task++, TaskKind::kRun, 0, ""};
  execution->steps[0].phase = StepPhase::kStarted;
  execution->steps[0].attempts = 1;
  execution->steps[0].started_wall = kWall;
  running.history.push_back(Line(*execution, "accepted", "the service accepted IN_PROGRESS (version 2)"));
  running.history.push_back(Line(*execution, "step-started", "step 1/1 'run'"));
  commits.push_back(running);

  Change finishing{commits.back().after, {}};
  execution = &*finishing.after.current;
  execution->task.reset();
  execution->cursor = 1;
  execution->steps[0].phase = StepPhase::kDone;
  execution->steps[0].ending = Exited{0};
  execution->steps[0].ended_wall = kWall;
  execution->phase = Phase::kFinishing;
  execution->update = PendingUpdate{JobStatus::kSucceeded, false, 1, 0, 2, "t2", 5};
  finishing.history.push_back(Line(*execution, "step-ended", "step 1/1 'run': exit status 0"));
  finishing.history.push_back(
      Line(*execution, "finishing", "every step is done: SUCCEEDED goes to the service"));
  commits.push_back(finishing);

  Change closed{commits.back().after, {}};
  closed.history.push_back(Line(*execution, "committed", "the service accepted SUCCEEDED"));
  closed.history.push_back(Line(*execution, "closed", "SUCCEEDED"));
  closed.after.ledger.push_front({id, JobStatus::kSucceeded, {}, "done", 0, kWall});
  if (closed.after.ledger.size() > kLedgerSize) closed.after.ledger.pop_back();
  closed.after.current.reset();
  commits.push_back(closed);
  return commits;
}

}  // namespace kedge::store
