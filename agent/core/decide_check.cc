// Before a job is accepted: may each step run here, and can its guards put things back? Nothing was sent and
// nothing is changed yet. A no is final (REJECTED); no answer, or a moment that stays wrong, is not (FAILED).
#include <algorithm>

#include "core/decider.h"

namespace kedge {
namespace {

// What a guard answers to a verb that it does not know, and to an item that makes no sense (EX_USAGE).
constexpr int kUnknownVerb = 2;
constexpr int kNoSuchItem = 64;

}  // namespace

void Decider::CheckFrom(size_t index) {
  Execution& execution = current();
  execution.phase = Phase::kChecking;
  const auto& verbs = execution.plan.verbs;
  while (index < verbs.size() && !verbs[index].check && verbs[index].guard_checks.empty()) ++index;
  if (index == verbs.size()) return Accept();
  execution.cursor = index;
  if (!verbs[index].check) return CheckGuards("");
  StartTaskNow(TaskKind::kCheck, policy_.check_limit, LimitOf::kCheck);
}

void Decider::CheckGuards(std::string after) {
  const auto& guards = current().plan.verbs[current().cursor].guard_checks;
  const auto last = std::find(guards.begin(), guards.end(), after);
  const auto next = last == guards.end() ? guards.begin() : last + 1;
  if (next == guards.end()) return CheckFrom(current().cursor + 1);
  StartTaskNow(TaskKind::kCheck, policy_.check_limit, LimitOf::kCheck, *next);
}

void Decider::OnTaskEndedChecking(const TaskEnded& event) {
  Execution& execution = current();
  if (!IsCurrentTask(event) || EndingForShutdown()) return;
  const std::string guard = execution.task->guard;
  execution.task.reset();
  if (Succeeded(event.ending)) return CheckGuards(guard);
  if (EndedWith(event.ending, kTryAgainLater)) return PauseCheck(event);
  if (!guard.empty() && EndedWith(event.ending, kUnknownVerb)) return CheckGuards(guard);
  if (std::holds_alternative<Interrupted>(event.ending)) {
    if (execution.called_off) return CallOff(*execution.cause);
    // Nothing was sent and nothing changed. But a check that brings the device down is not repeated for ever.
    if (++record().attempts >= policy_.step_attempts) {
      return TurnBackWith(CauseKind::kDevice, "check of " + StepLabel(execution.cursor) +
                                                  " was interrupted " + std::to_string(record().attempts) +
                                                  " times");
    }
    Note("interrupted", "interrupted while it was being checked; checked again", execution.cursor);
    Say("checked again");
    return StartTaskNow(TaskKind::kCheck, policy_.check_limit, LimitOf::kCheck, guard);
  }
  const std::string what =
      (guard.empty() ? "check of " : "guard " + guard + " of ") + StepLabel(execution.cursor);
  if (!guard.empty() && policy_.no_way_back == NoWayBack::kRun && EndedWith(event.ending, 1)) {
    const std::string why = WithReason(what + ": no exact way back", event.output.err);
    Note("no-way-back", why + " (run all the same, as the device's configuration says)", execution.cursor);
    if (record().no_way_back.empty()) record().no_way_back = why;
    return CheckGuards(guard);
  }
  const std::string why = WithReason(what + ": " + ToString(event.ending), event.output.err);
  Note("refused", why, execution.cursor, TaskDetail(event));
  // A guard that did not come to an answer has said nothing against the job: the device is short of
  // something.
  const bool is_answer = guard.empty() || EndedWith(event.ending, 1) || EndedWith(event.ending, kNoSuchItem);
  TurnBackWith(is_answer ? CauseKind::kRefused : CauseKind::kDevice, why);
}

void Decider::PauseCheck(const TaskEnded& event) {
  Execution& execution = current();
  const std::string what = "check of " + StepLabel(execution.cursor) + " wants to be tried again later";
  if (record().tries >= policy_.try_limit) {
    return TurnBackWith(
        CauseKind::kDevice,
        WithReason(what + ", after " + std::to_string(record().tries) + " tries", event.output.err));
  }
  const auto pause = BackoffDelay(policy_.try_again, ++record().tries, now_.random);
  Note("pausing", WithReason(what, event.output.err), execution.cursor);
  execution.again_due = now_.boot + pause.count();
  Say("checked again in " + std::to_string(pause.count() / 1000) + " s");
}

void Decider::OnTimeChecking(const TimePassed&) {
  Execution& execution = current();
  if (execution.task || execution.again_due > now_.boot) return Say("ignored, because nothing is due");
  execution.again_due = 0;
  CheckFrom(execution.cursor);
}

void Decider::OnRestartedChecking(const Restarted& event) {
  if (current().task) return OnRestartedInTask(event);
  OnRestarted(event);
  if (current().called_off) return CallOff(*current().cause);
  CheckFrom(current().cursor);
}

}  // namespace kedge
