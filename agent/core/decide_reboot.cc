// A step that reboots the device: its `run` exits with status 194, the device is asked to reboot, and the
// step is called again on the next boot (KEDGE_REBOOTS tells it how often). That the device rebooted is known
// by the boot id alone; the wall clock of a board without a battery says nothing. Both ways to get stuck end:
// a device that does not reboot, by a deadline; a step that wants another reboot each time, by a count in the
// journal.
#include "core/decider.h"

namespace kedge {

void Decider::WantReboot() {
  const std::string label = StepLabel(current().cursor);
  if (current().called_off) return CallOff(*current().cause);
  if (record().reboots >= policy_.reboot_limit) {
    if (policy_.reboot_limit == 0) return StepFailed(label + " wants a reboot, which is not allowed here");
    return StepFailed(label + " wants a reboot again, after " + std::to_string(record().reboots));
  }
  if (JobTimeLeft().count() <= 0) return StepFailed(label + " wants a reboot, but the job's time is used up");
  Note("rebooting", label + " wants the device to reboot", current().cursor);
  current().phase = Phase::kRebooting;
  AskForReboot();
}

void Decider::AskForReboot() {
  ++record().reboots;
  current().reboot_due = 0;
  StartTaskNow(TaskKind::kReboot, policy_.check_limit, LimitOf::kCheck);
}

void Decider::RebootFailed(const std::string& why) {
  current().phase = Phase::kRunning;
  current().reboot_due = 0;
  StepFailed(StepLabel(current().cursor) + ": " + why);
}

void Decider::OnTaskEndedRebooting(const TaskEnded& event) {
  Execution& execution = current();
  if (!IsCurrentTask(event) || EndingForShutdown()) return;
  execution.task.reset();
  if (Succeeded(event.ending)) {
    execution.reboot_due = now_.boot + policy_.reboot_wait.count();
    return Say("the device is about to reboot");
  }
  if (!std::holds_alternative<Interrupted>(event.ending)) {
    return RebootFailed(
        WithReason("the device cannot be rebooted: " + ToString(event.ending), event.output.err));
  }
  if (execution.called_off) return CallOff(*execution.cause);
  // The agent died between asking and hearing of it, and the device is still on the same boot.
  if (record().reboots >= policy_.reboot_limit) return RebootFailed("the device does not reboot");
  Say("asked again");
  AskForReboot();
}

void Decider::OnRestartedRebooting(const Restarted& event) {
  Execution& execution = current();
  const bool rebooted = event.boot_id != state().boot_id;
  if (!rebooted && execution.task) return OnRestartedInTask(event);
  OnRestarted(event);
  if (rebooted) execution.task.reset();  // no process outlives the boot that it ran on
  if (execution.called_off) return CallOff(*execution.cause);
  if (rebooted) {
    execution.phase = Phase::kRunning;
    Note("rebooted", "the device was rebooted for " + StepLabel(execution.cursor), execution.cursor);
    Say("rebooted: the step is called again");
    return RunStep();
  }
  if (record().reboots >= policy_.reboot_limit) return RebootFailed("the device does not reboot");
  Say("not rebooted: asked again");
  AskForReboot();
}

void Decider::OnTimeRebooting(const TimePassed& event) {
  const int64_t due = current().reboot_due;
  if (current().task || due == 0 || due > now_.boot) return OnTimeRunning(event);
  RebootFailed("the device did not reboot within " + std::to_string(policy_.reboot_wait.count() / 1000) +
               " s");
}

}  // namespace kedge
