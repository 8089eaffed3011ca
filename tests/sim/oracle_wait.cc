// What must hold of waiting without a process (tried again later, a new connection), and of what is said
// about the way back: by checks before, by verifications after. See oracle.cc.
#include <algorithm>
#include <cstdlib>

#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int kLater = 75;
constexpr int kUnknownVerb = 2;

int StatusOf(const Ending& ending) {
  const auto* exited = std::get_if<Exited>(&ending);
  return exited == nullptr ? -1 : exited->status;
}

// Which delivery signed the URL of a plan's step; -1: it has none.
int64_t SignedWith(const Step& step) {
  if (step.command.args.empty()) return -1;
  const std::string& url = step.command.args[0];
  const size_t at = url.find("sig=");
  return at == std::string::npos ? -1 : std::atoll(url.c_str() + at + 4);
}

bool IsAsOffered(const Step& step) {
  return step.command.args.size() == 1 && step.command.args[0].find("/file?") != std::string::npos;
}

bool HasNoExactWayBack(const SimStep& step) { return step.guards > 0 && step.way_back == WayBack::kNotExact; }

bool TurnedBack(Phase phase) {
  return phase == Phase::kStopping || phase == Phase::kRollingBack || phase == Phase::kReporting;
}

bool GuardLetsPass(int status, bool no_way_back_runs) {
  return status == 0 || status == kUnknownVerb || (status == 1 && no_way_back_runs);
}

}  // namespace

bool World::IsRefused(const SimJob& job, const Truth& truth) const {
  for (size_t step = 0; step < job.steps.size(); ++step) {
    const auto& checked = truth.steps[step].checked;
    for (size_t slot = 0; slot < checked.size(); ++slot) {
      if (!checked[slot] || *checked[slot] == 0 || *checked[slot] == kLater) continue;
      // A guard's check that was killed (a negative status) came to no answer, and refuses nothing.
      const bool is_answer = *checked[slot] > 0;
      if (slot == 0 || (is_answer && !GuardLetsPass(*checked[slot], scenario_->no_way_back_runs)))
        return true;
    }
  }
  return false;
}

// --- What happened

// `told`: the agent that started it hears of it.
void World::LearnEnd(const Child& child, const Ending& ending, bool told) {
  StepTruth& step = truth_[child.execution].steps[child.task.step];
  const int status = StatusOf(ending);
  const size_t slot = SlotOf(child.task.guard);
  switch (child.task.kind) {
    case TaskKind::kRun:
      step.ran_on = connection_;
      step.proved = step.renewed = false;
      if (status != kLater) break;
      ++step.laters;
      step.wants_later = told;
      step.laters_known += told ? 1 : 0;
      step.later_task = child.task.id;
      step.later_at = now_;
      step.later_life = life_;
      break;
    case TaskKind::kCheck:
      if (status == kLater) ++(slot == 0 ? step.check_laters : step.guard_laters[slot - 1]);
      if (!told) break;
      step.checked[slot] = status;
      step.check_waits = status == kLater;
      step.check_laters_known += step.check_waits ? 1 : 0;
      step.check_later_at = now_;
      step.check_later_life = life_;
      break;
    case TaskKind::kVerifyUndone:
    case TaskKind::kVerifyGuard:
      step.verified[slot] = status;
      if (status > 1) ++step.told_unsure;
      break;
    default:
      break;
  }
}

// The service's answer to a question about this execution has come.
void World::LearnAnswer(const ServiceExecution& execution, const Asked& asked) {
  Truth* truth = TruthOf(execution.id);
  if (truth == nullptr || asked.at < 0) return;
  for (StepTruth& step : truth->steps) {
    step.proved = step.proved || asked.connection > step.ran_on;
    step.renewed = step.renewed || (asked.document && step.wants_later && asked.at >= step.later_at);
  }
}

// The agent died: what it had heard, and the journal had not, has not been said. What was asked is asked
// again.
void World::ForgetTries(Truth& truth) {
  const auto& task = journal_->current->task;
  for (size_t step = 0; step < journal_->current->steps.size() && step < kMostSteps; ++step) {
    StepTruth& now = truth.steps[step];
    now.renewed = false;
    if (now.wants_later && task && task->kind == TaskKind::kRun && task->step == step) {
      now.wants_later = false;  // or the next start is durable already: then it is one that was interrupted
      if (task->id == now.later_task) --now.laters_known;
    }
    if (now.check_waits && task && task->kind == TaskKind::kCheck && task->step == step) {
      now.check_waits = false;
      --now.check_laters_known;
    }
  }
}

// --- Tried again later

void World::CheckTries(const StartTask& start, Truth& truth, size_t job) {
  StepTruth& step = truth.steps[start.task.step];
  const std::string name = ToString(Action(start));
  const int limit = scenario_->policy.try_limit;
  const int64_t pause = scenario_->policy.try_again.floor.count();
  if (start.task.kind == TaskKind::kCheck) {
    if (!step.check_waits) return;
    if (step.check_laters_known > limit && !disk_was_bad_ && !journal_was_lost_) {
      Broken("I6: " + name + ", which wants to be made again and again");
    }
    if (step.check_later_life == life_ && now_ - step.check_later_at < pause) {
      Broken("I6: " + name + " again at once");
    }
    return;
  }
  if (step.wants_later) {
    if (step.laters_known > limit && !disk_was_bad_) {
      Broken("I6: " + name + ", which wants to be tried again and again");
    }
    if (step.later_life == life_ && now_ - step.later_at < pause) {
      Broken("I6: " + name + " again at once");
    }
    if (!step.renewed) Broken("I4: " + name + " again, and the service was not asked for the document");
  }
  CheckRenewed(start, step, job);
}

// New URLs are taken over, anything else is not; and what runs is what the journal has.
void World::CheckRenewed(const StartTask& start, StepTruth& step, size_t job) {
  const Renews renews = scenario_->jobs[job].renews;
  if (renews == Renews::kSame) return;
  const std::string name = ToString(Action(start));
  const kedge::Step& plan = state_.current->plan.document.steps[start.task.step];
  const int64_t signed_with = SignedWith(plan);
  if (!IsAsOffered(plan)) return Broken("I4: " + name + " with another document");
  if (state_.current->document.find("sig=" + std::to_string(signed_with)) == std::string::npos) {
    Broken("I5: " + name + " with a plan that is not of its document");
  }
  if (journal_->current && journal_->current->plan != state_.current->plan) {
    Broken("I5: " + name + " with a document that is not durable");
  }
  if (step.wants_later && renews == Renews::kUrls && signed_with <= step.signed_with) {
    Broken("I4: " + name + " again with the old URLs");
  }
  if (step.signed_with >= 0 && renews != Renews::kUrls && signed_with != step.signed_with) {
    Broken("I4: " + name + " with URLs of another document");
  }
  step.signed_with = signed_with;
}

// A wait has no process, outlasts a restart, and is given up only for a reason.
void World::CheckWaiting(const kedge::State& before, const Truth& truth, size_t execution) {
  const Phase was = before.current->phase;
  const Phase now = journal_->current->phase;
  if ((now == Phase::kPausing || now == Phase::kConnecting) && TaskLives()) {
    Broken("I2: a task is alive while its step waits");
  }
  if ((was != Phase::kPausing && was != Phase::kConnecting) || !TurnedBack(now)) return;
  const Held& held = service_.executions[execution];
  const bool called_off = cancel_asked_ || held.deleted || IsTerminal(held.status) || truth.foreign;
  // A step that needs the connection may have cut the device off before it asked for another try.
  const size_t step = before.current->cursor;
  const bool pauses = was == Phase::kPausing;
  const int64_t since = std::max(truth.connects_since, pauses ? truth.steps[step].later_at : 0);
  const bool connects = !pauses || scenario_->jobs[held.job].steps[step].net != Net::kStays;
  const bool over =
      JobTimeLeft(truth, held.job) <= 0 || (connects && now_ - since >= kConnectionLimit * 1000);
  if (called_off || over || in_doubt_) return;
  Broken(pauses ? "I4: turned back instead of trying again"
                : "I4: turned back before the time to connect was over");
}

// --- The connection

// Nothing of the job goes on before the service has answered over a connection that came after each step,
// below `before`, that needs it.
void World::CheckConnected(const std::string& name, size_t before, const Truth& truth, size_t job) {
  const auto& steps = scenario_->jobs[job].steps;
  for (size_t step = 0; step < before && step < steps.size(); ++step) {
    if (steps[step].net == Net::kStays || truth.steps[step].runs == 0 || truth.steps[step].proved) continue;
    Broken("I4: " + name + " before the service has answered after step " + std::to_string(step + 1));
  }
}

// --- What is said about the way back

void World::CheckChecks(const SendUpdate& update, const Truth& truth, size_t job) {
  const SimJob& sim = scenario_->jobs[job];
  const std::string name = ToString(Action(update));
  if (update.status == JobStatus::kSucceeded && !state_.current->steps.empty()) {
    CheckConnected(name, sim.steps.size(), truth, job);
  }
  if (update.status == JobStatus::kRejected && !sim.refused && !IsRefused(sim, truth) && !truth.interrupted) {
    Broken("a job is REJECTED, and no check has refused it: " + name);
  }
  if (update.status != JobStatus::kInProgress || truth.accepted) return;
  for (size_t index = 0; index < sim.steps.size(); ++index) {
    const SimStep& step = sim.steps[index];
    const auto& checked = truth.steps[index].checked;
    bool passed = !step.check || checked[0] == 0;
    for (size_t guard = 0; guard < static_cast<size_t>(step.guards); ++guard) {
      if (step.way_back == WayBack::kNotAsked) break;
      const auto& status = checked[1 + guard];
      passed = passed && status && GuardLetsPass(*status, scenario_->no_way_back_runs);
    }
    if (!passed)
      Broken("I4: " + name + " before the checks of step " + std::to_string(index + 1) + " passed");
  }
}

bool World::MayBeUnknown(size_t execution) const {
  const auto& steps = scenario_->jobs[service_.executions[execution].job].steps;
  for (size_t index = 0; index < steps.size(); ++index) {
    const StepTruth& truth = truth_[execution].steps[index];
    if (!IsVerified(steps[index])) return true;
    // Its start may have been durable, and then it may have run.
    const bool may_have_run = truth.runs > 0 || truth_[execution].interrupted;
    if (may_have_run && HasNoExactWayBack(steps[index])) return true;
    // Passed over, and done again after a crash: what it says then comes too late.
    if (truth.told_unsure >= scenario_->policy.undo_attempts) return true;
    for (const auto& status : truth.verified) {
      if (status && *status > 1) return true;
    }
  }
  return false;
}

void World::CheckFindings(const std::string& name, size_t execution, Verdict verdict) {
  const auto& steps = scenario_->jobs[service_.executions[execution].job].steps;
  if (verdict == Verdict::kUnknown && !MayBeUnknown(execution)) {
    Broken("I1: " + name + ", but nothing is unknown");
  }
  // That a verification cannot tell is no reason to leave anything as it is.
  const bool undone = std::all_of(steps.begin(), steps.end(),
                                  [](const SimStep& step) { return HasWayBack(step) && !step.differs; });
  if (verdict == Verdict::kUnknown && undone && !IsBack(execution)) {
    Broken("I1: " + name + ", and the device is not back");
  }
  if (verdict != Verdict::kSafe) return;
  for (size_t index = 0; index < steps.size(); ++index) {
    const StepTruth& truth = truth_[execution].steps[index];
    const bool found = std::any_of(truth.verified.begin(), truth.verified.end(),
                                   [](const auto& status) { return status && *status != 0; });
    if (found) Broken("I1: " + name + ", but a verification did not say so");
    if (truth.runs > 0 && HasNoExactWayBack(steps[index])) {
      Broken("I1: " + name + ", but there was no exact way back");
    }
  }
}

void World::CheckCalmEnd() {
  if (scenario_->ends && service_.executions[0].status != *scenario_->ends) {
    Broken("without a fault it ends as " + std::string(ToString(service_.executions[0].status)));
  }
  if (scenario_->verdict && truth_[0].verdict != scenario_->verdict) {
    Broken("without a fault the verdict is " +
           std::string(truth_[0].verdict ? ToString(*truth_[0].verdict) : "none"));
  }
}

}  // namespace kedge::sim
