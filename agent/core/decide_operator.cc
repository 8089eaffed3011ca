// What the operator asks for on the device itself.
#include "core/decider.h"

namespace kedge {
namespace {

Cause CancelCause(const CancelRequested& event) {
  Cause cause;
  cause.kind = CauseKind::kCancelled;
  cause.text = std::string(event.force ? "cancelled by force" : "cancelled") + " on the device (" +
               event.origin + ")" + (event.reason.empty() ? "" : ": " + event.reason);
  return cause;
}

bool NamesAnother(const CancelRequested& event, const Execution& current) {
  return event.job && *event.job != current.id.job;
}

}  // namespace

void Decider::OnCancelNothing(const CancelRequested& event) {
  Act(Answer{event.request, false,
             event.job ? "job " + event.job->value + " does not run here: nothing runs" : "nothing runs"});
}

void Decider::OnCancelBeforeStart(const CancelRequested& event) {
  if (NamesAnother(event, current())) return OnCancelTooLate(event);
  Note("cancel-requested", CancelCause(event).text);
  Act(Answer{event.request, true, "job " + current().id.job.value + " is called off before its first step"});
  CallOff(CancelCause(event));
}

void Decider::OnCancelRunning(const CancelRequested& event) {
  if (NamesAnother(event, current())) return OnCancelTooLate(event);
  const std::string job = "job " + current().id.job.value;
  if (current().called_off && !event.force) {
    Act(Answer{event.request, true,
               job + " is already being called off after " + StepLabel(current().cursor)});
    return;
  }
  Note("cancel-requested", CancelCause(event).text);
  if (event.force) {
    Act(Answer{event.request, true, job + " is being stopped and rolled back"});
    CallOff(CancelCause(event));
    return;
  }
  current().called_off = true;
  current().cause = CancelCause(event);
  Act(Answer{event.request, true, job + " is rolled back after " + StepLabel(current().cursor)});
}

void Decider::OnCancelBetweenCalls(const CancelRequested& event) {
  if (NamesAnother(event, current())) return OnCancelTooLate(event);
  Note("cancel-requested", CancelCause(event).text);
  const bool rebooting = current().phase == Phase::kRebooting;
  Act(Answer{
      event.request, true,
      "job " + current().id.job.value +
          (rebooting ? " is rolled back instead of going on after the reboot" : " is being rolled back")});
  CallOff(CancelCause(event));
}

void Decider::OnCancelFinishing(const CancelRequested& event) {
  // Once sent, SUCCEEDED may have been accepted, and then nothing may be undone (the one rule): only the
  // service can end it now.
  if (NamesAnother(event, current()) || current().update->attempts > 0) return OnCancelTooLate(event);
  Note("cancel-requested", CancelCause(event).text);
  Act(Answer{event.request, true, "job " + current().id.job.value + " is being rolled back"});
  CallOff(CancelCause(event));
}

void Decider::OnCancelTooLate(const CancelRequested& event) {
  if (NamesAnother(event, current())) {
    Act(Answer{event.request, false,
               "job " + event.job->value + " does not run here; job " + current().id.job.value + " does"});
    return;
  }
  const std::string job = "job " + current().id.job.value;
  switch (current().phase) {
    case Phase::kFinishing:
      Act(Answer{event.request, false, job + " has reported SUCCEEDED; only the service can end it now"});
      break;
    case Phase::kReporting:
      Act(Answer{event.request, false, job + " is over; its final status is being reported"});
      break;
    default:
      Act(Answer{event.request, true, job + " is already being stopped and rolled back"});
      break;
  }
}

void Decider::OnClear(const ClearRequested& event) {
  if (!state().quarantine) {
    Act(Answer{event.request, false, "the device is not in quarantine"});
    return Say("refused: not in quarantine");
  }
  Act(Answer{event.request, true, "the quarantine is lifted: " + state().quarantine->reason});
  Lift(event.origin);
  if (!state().current) WantNext(now_.boot);
}

// --- Another attempt to undo
// ------------------------------------------------------------------------------------

void Decider::OnRollbackRequested(const RollbackRequested& event) {
  auto& stranded = state().stranded;
  if (stranded.empty()) {
    Act(Answer{
        event.request, false,
        "there is nothing to undo; the quarantine is for another reason: " + state().quarantine->reason});
    return Say("refused: nothing is stranded");
  }
  state().next.reset();  // an answer on its way would tell of a time before this one is over
  state().current = std::move(stranded.front());  // the newest: what it changed lies on top
  stranded.erase(stranded.begin());
  Execution& execution = current();
  execution.undo_failures = 0;
  execution.findings.differences.clear();
  // What is done again may be seen this time.
  for (size_t i = 0; i < execution.steps.size(); ++i) {
    if (execution.steps[i].phase == StepPhase::kUndone) continue;
    std::erase_if(execution.findings.not_verified,
                  [&](const std::string& entry) { return entry.find(StepLabel(i)) != entry.npos; });
  }
  execution.verdict.reset();
  Note("rollback-requested", "another attempt to undo it, by " + event.origin);
  Act(Answer{event.request, true, "job " + execution.id.job.value + " is being rolled back again"});
  StartUndo();
}

void Decider::OnRollbackNothing(const RollbackRequested& event) {
  Act(Answer{event.request, false,
             state().current ? "job " + state().current->id.job.value + " is being worked on (" +
                                   std::string(ToString(current().phase)) + "); try again when it is over"
                             : "everything is undone: the device is not in quarantine"});
}

}  // namespace kedge
