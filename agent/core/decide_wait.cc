// Steps that wait without a process. "Try again later": `run` exits with status 75; it is called
// again after a growing pause, with the document as the service delivers it then, for URLs that it signs
// expire. onNoConnection: a step that changes what the device is connected by counts as done only when the
// service has answered over a connection that was made after it; a device that cut itself off turns back.
// Both waits end: by a count in the journal, by a deadline.
#include "core/decider.h"

namespace kedge {

// --- Try again later
// -----------------------------------------------------------------------------------------------

void Decider::Pause(const TaskEnded& event) {
  Execution& execution = current();
  const std::string label = StepLabel(execution.cursor);
  if (execution.called_off) return CallOff(*execution.cause);
  if (record().tries >= policy_.try_limit) {
    return StepFailed(WithReason(
        label + " wants to be tried again later, after " + std::to_string(record().tries) + " tries",
        event.output.err));
  }
  const auto pause = BackoffDelay(policy_.try_again, ++record().tries, now_.random);
  Note("pausing",
       WithReason(label + " is tried again in " + std::to_string(pause.count() / 1000) + " s",
                  event.output.err),
       execution.cursor);
  execution.phase = Phase::kPausing;
  execution.describe.reset();  // it would answer without the document
  execution.again_due = now_.boot + pause.count();
  if (step().needs_connection) WaitForConnection(execution.again_due);
  WantProgress();  // the lease has to last through the pause
  MaybeSendProgress();
}

void Decider::OnTimePausing(const TimePassed& event) {
  Execution& execution = current();
  if (execution.connect_due > 0 && execution.connect_due <= now_.boot) {
    // It may have cut itself off before it asked for another try.
    if (!state().link_up) return CutOff();
    WaitForConnection(now_.boot);
  }
  if (execution.again_due > 0 && execution.again_due <= now_.boot && state().link_up) {
    execution.again_due = 0;
    Suspect();
  }
  OnTimeRunning(event);
}

void Decider::OnDescribedPausing(const Described& event) {
  if (!IsStillOurs(event)) return;
  Renew(event.execution);
  if (current().again_due == 0) return TryAgain();
  Say("still ours; it is not time yet");
}

void Decider::OnRestartedPausing(const Restarted& event) {
  OnRestarted(event);
  if (current().called_off) return CallOff(*current().cause);
  Note("restarted", "the agent was restarted before " + StepLabel(current().cursor) + " was tried again",
       current().cursor);
  if (step().needs_connection) WaitForConnection(now_.boot);
}

void Decider::Renew(const ServiceExecution& fresh) {
  Execution& execution = current();
  if (!fresh.document || *fresh.document == execution.document) return;
  auto document = ParseJobDocument(*fresh.document);
  if (!document || !SameButForQueries(*document, execution.plan.document)) {
    Note("not-renewed", "the service's document is another one now; the accepted one is gone on with");
    return;
  }
  execution.plan.document = *std::move(document);
  execution.document = *fresh.document;
  Note("renewed", "the document came with new URLs");
}

void Decider::TryAgain() {
  current().phase = Phase::kRunning;
  current().connect_due = 0;
  if (JobTimeLeft().count() <= 0) {
    return StepFailed(StepLabel(current().cursor) +
                      " wants to be tried again, but the job's time is used up");
  }
  Say("tried again");
  RunStep();
}

// --- onNoConnection
// ------------------------------------------------------------------------------------------------

void Decider::Connect() {
  Execution& execution = current();
  execution.phase = Phase::kConnecting;
  Note("connecting", StepLabel(execution.cursor) + " is done if the service answers over a new connection",
       execution.cursor);
  // What the old connection still brings proves nothing.
  state().link_up = false;
  state().next.reset();
  execution.describe.reset();
  execution.update.reset();
  execution.progress_due = now_.boot;
  Act(Reconnect{});
  WaitForConnection(now_.boot);
}

void Decider::WaitForConnection(int64_t from) {
  const auto limit = step().connection_limit ? std::chrono::milliseconds(*step().connection_limit)
                                             : policy_.connection_limit;
  current().connect_due = from + limit.count();
}

void Decider::OnDescribedConnecting(const Described& event) {
  if (!IsStillOurs(event)) return;
  Execution& execution = current();
  execution.phase = Phase::kRunning;
  execution.connect_due = 0;
  Note("connected", "the service answered after " + StepLabel(execution.cursor), execution.cursor);
  Say("the service answers: the step is done");
  StepOver();
}

void Decider::OnTimeConnecting(const TimePassed& event) {
  if (current().connect_due > now_.boot) return OnTimeRunning(event);
  CutOff();
}

void Decider::CutOff() {
  Execution& execution = current();
  execution.phase = Phase::kRunning;
  execution.connect_due = 0;
  record().phase = StepPhase::kFailed;
  TurnBackWith(CauseKind::kStepFailed,
               "no connection to the service after " + StepLabel(execution.cursor) + " within its limit");
}

void Decider::OnRestartedConnecting(const Restarted& event) {
  OnRestarted(event);
  if (current().called_off) return CallOff(*current().cause);
  Note("restarted", "the agent was restarted before the service had answered", current().cursor);
  WaitForConnection(now_.boot);  // kedge-link connects anew whenever the agent does
}

}  // namespace kedge
