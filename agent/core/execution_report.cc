// What the service is told about an execution: facts in order of importance. The order is fixed here and
// nowhere else; status_details.h makes it fit the service's rules.
#include "core/execution.h"
#include "core/status_details.h"

namespace kedge {
namespace {

// The step whose output says most: the one that failed or was stopped, else the last one that ended.
const StepRecord* TellingStep(const Execution& execution, size_t* index) {
  const StepRecord* telling = nullptr;
  for (size_t i = 0; i < execution.steps.size(); ++i) {
    if (!execution.steps[i].ending) continue;
    telling = &execution.steps[i];
    *index = i;
  }
  return telling;
}

std::string StepText(const Execution& execution, size_t index) {
  const auto& steps = execution.plan.document.steps;
  return std::to_string(index + 1) + "/" + std::to_string(steps.size()) + " " + steps[index].name;
}

// Where the step is, in the agent's words and its own.
void AddStep(const Execution& execution, size_t index, Facts* facts) {
  const DetailsMap& told = execution.steps[index].told;
  const auto own = told.find("step");
  std::string how = own == told.end() ? "" : ": " + own->second;
  if (execution.phase == Phase::kPausing) how = ": waits to be tried again";
  if (execution.phase == Phase::kConnecting) how = ": waits for a new connection";
  facts->emplace_back("step", StepText(execution, index) + how);
  if (const auto progress = told.find("progress"); progress != told.end()) {
    facts->emplace_back("progress", progress->second);
  }
}

// The handlers' own details, of all steps: a later one has the last word.
DetailsMap ToldByAll(const Execution& execution) {
  DetailsMap all;
  for (const StepRecord& step : execution.steps) {
    for (const auto& [key, value] : step.told) {
      if (key != "step" && key != "progress") all[key] = value;
    }
  }
  return all;
}

// What the operator said who called it off. The agent's own words keep their names; his reason is among them.
void AddOperatorsDetails(const Execution& execution, Facts* facts) {
  if (!execution.cause || execution.cause->kind != CauseKind::kCancelled) return;
  for (const auto& [key, value] : execution.cause->service_details) {
    if (key != "stdout" && key != "stderr") facts->emplace_back(key, value);
  }
}

std::string UndoneText(const Execution& execution) {
  size_t undone = 0;
  size_t began = 0;
  for (const StepRecord& step : execution.steps) {
    if (step.phase == StepPhase::kWaiting || step.phase == StepPhase::kProtecting) continue;
    ++began;
    if (step.phase == StepPhase::kUndone) ++undone;
  }
  return began == 0 ? "" : std::to_string(undone) + " of " + std::to_string(began) + " steps";
}

}  // namespace

DetailsMap DetailsFor(const Policy& policy, const Execution& execution, JobStatus status) {
  Facts facts;
  size_t index = 0;
  const StepRecord* telling = TellingStep(execution, &index);
  const bool over = status != JobStatus::kInProgress;
  const bool failed = over && status != JobStatus::kSucceeded;

  if (failed && execution.cause) facts.emplace_back("reason", execution.cause->text);
  if (failed && execution.verdict) facts.emplace_back("verdict", ToString(*execution.verdict));
  for (const StepRecord& step : execution.steps) {
    if (!failed && !step.no_way_back.empty()) facts.emplace_back("no-way-back", step.no_way_back);
  }
  if (failed && !execution.findings.differences.empty()) {
    facts.emplace_back("difference", DifferencesText(execution.findings, kMaxDetailValue));
  }
  if (!over && !execution.steps.empty()) {
    AddStep(execution, execution.cursor, &facts);
  } else if (telling != nullptr &&
             (failed || telling->told.contains("step") || telling->told.contains("progress"))) {
    AddStep(execution, index, &facts);
  }
  if (failed && telling != nullptr) facts.emplace_back("ending", ToString(*telling->ending));
  if (failed) facts.emplace_back("undone", UndoneText(execution));
  if (failed) AddOperatorsDetails(execution, &facts);
  if (over && telling != nullptr) {
    const bool wanted = execution.plan.document.include_stdout.value_or(policy.stdout_by_default);
    if (wanted) facts.emplace_back("stdout", telling->out);
    facts.emplace_back("stderr", telling->err);
  }
  for (const auto& [key, value] : ToldByAll(execution)) facts.emplace_back(key, value);
  if (failed && telling != nullptr) facts.emplace_back("usage", ToString(telling->usage));
  return BuildStatusDetails(facts).sent;
}

}  // namespace kedge
