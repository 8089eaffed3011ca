// What must hold of the words of a task, of the job's limit of time, and of a task that does not end. See
// oracle.cc.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "sim/tells.h"
#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr size_t kMostDetails = 10;

bool IsPercent(const std::string& value) {
  return !value.empty() && value.size() <= 3 && value.find_first_not_of("0123456789") == std::string::npos &&
         std::atoi(value.c_str()) <= 100;
}

// Not a task's word, but the agent's, or one of the two that say how far the step is.
bool IsAgents(const std::string& key) {
  static const std::set<std::string> kKeys = {"reason", "verdict",  "difference", "ending",
                                              "undone", "usage",    "stdout",     "stderr",
                                              "step",   "progress", "no-way-back"};
  return kKeys.contains(key);
}

// The pairs of all steps, a later one with the last word.
DetailsMap PairsOf(const Truth& truth) {
  DetailsMap pairs;
  for (const StepTruth& step : truth.steps) {
    for (const auto& [key, value] : step.told) {
      if (!IsAgents(key)) pairs[key] = value;
    }
  }
  return pairs;
}

std::string ValueOf(const DetailsMap& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? "" : found->second;
}

// Of a final status: what says more than what was told, or something else. `finished`: the last step of the
// job, when it is SUCCEEDED. Empty: nothing.
std::string WrongIn(const DetailsMap& details, const Truth& truth, const StepTruth* finished) {
  const bool full = details.size() >= kMostDetails;
  const DetailsMap pairs = PairsOf(truth);
  for (const auto& [key, value] : pairs) {
    const std::string said = ValueOf(details, key);
    if (said != value && !(said.empty() && full)) return key + " is '" + said + "', told was " + value;
  }
  for (const auto& [key, value] : details) {
    if (!IsAgents(key) && !pairs.contains(key)) return key + " is '" + value + "', and was not told";
  }
  const std::string step = ValueOf(details, "step");
  const size_t last = step.empty() ? 0 : static_cast<size_t>(std::atoi(step.c_str()));
  if (last > kMostSteps) return "step is '" + step + "'";
  if (last == 0) {
    // Left out only where nothing was told of how far it is.
    const bool told =
        finished != nullptr && (finished->told.contains("step") || finished->told.contains("progress"));
    return told ? "step is left out" : "";
  }
  const DetailsMap& told = truth.steps[last - 1].told;
  const std::string doing = ValueOf(told, "step");
  if (!step.ends_with(doing) || (doing.empty() && step.find(':') != std::string::npos)) {
    return "step is '" + step + "', told was '" + doing + "'";
  }
  const std::string progress = ValueOf(details, "progress");
  if (progress != ValueOf(told, "progress") && !(progress.empty() && full)) {
    return "progress is '" + progress + "', told was '" + ValueOf(told, "progress") + "'";
  }
  return "";
}

}  // namespace

// Never what had to be refused, never what an earlier start told; in the end exactly what was told last.
void World::CheckTold(const SendUpdate& update, const Truth& truth) {
  const std::string name = ToString(Action(update));
  for (const auto& [key, value] : update.details) {
    if (value.find("refused:") != std::string::npos) Broken("told: " + name + " says " + key + " = " + value);
    if (key == "progress" && !IsPercent(value)) Broken("told: " + name + " says progress = " + value);
    if (IsAgents(key)) continue;
    const Origin origin = OriginOf(value);
    if (origin.step >= kMostSteps || truth.steps[origin.step].runs != origin.run) {
      Broken("told: " + name + " says " + key + " = " + value + ", of another start");
    }
  }
  // Reported again, or without details because they were refused: nothing is known, or said.
  const auto& current = state_.current;
  if (update.status == JobStatus::kInProgress || current->steps.empty() || current->update->bare) return;
  const bool succeeded = update.status == JobStatus::kSucceeded;
  const StepTruth* finished = succeeded ? &truth.steps[current->steps.size() - 1] : nullptr;
  const std::string wrong = WrongIn(update.details, truth, finished);
  if (!wrong.empty()) Broken("told: " + name + ": " + wrong);
}

// A step is started once more, durably: from here on the earlier start has told nothing, but took its time.
void World::BeginAnew(const Execution& before, Truth& truth) {
  const std::vector<StepRecord>& now = journal_->current->steps;
  for (size_t step = 0; step < now.size() && step < before.steps.size() && step < kMostSteps; ++step) {
    if (!before.steps[step].ending || now[step].ending) continue;
    truth.steps[step].used += std::exchange(truth.steps[step].last_used, 0);
    truth.steps[step].told.clear();
  }
}

int64_t World::JobTimeLeft(const Truth& truth, size_t job) const {
  const SimJob& sim = scenario_->jobs[job];
  int64_t left = sim.limit_seconds * 1000;
  if (left == 0) {
    left = scenario_->policy.job_limit.count() + static_cast<int64_t>(sim.steps.size()) * kStepLimit * 1000;
  }
  for (const StepTruth& step : truth.steps) left -= step.used + step.last_used;
  return left;
}

void World::CheckJobLimit(const StartTask& start, const Truth& truth, size_t job) {
  const int64_t left = JobTimeLeft(truth, job);
  const std::string name = ToString(Action(start));
  if (left <= 0) return Broken("I6: " + name + " although the job's time is used up");
  if (start.limit.count() == std::min<int64_t>(left, kStepLimit * 1000)) return;
  Broken("I6: " + name + ", but " + std::to_string(left) + " ms of the job's time are left");
}

// Something outlives KILL: that changes nothing but the history.
void World::CheckSurvives(const kedge::State& before) {
  if (!pending_.actions.empty()) Broken("I2: something is done because a task does not end");
  if (Durable(state_) != before) Broken("I2: a task that does not end has changed the journal");
}

}  // namespace kedge::sim
