// What happens to the agent itself: start, link, time, end.
#include "core/decider.h"

namespace kedge {
namespace {
constexpr int64_t kNow = 1;  // a due time that has always passed (0 means none)

std::string Base36(int64_t number) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
    number /= 36;
  } while (number > 0);
  return text;
}
}  // namespace

void Decider::Note(const char* kind, std::string text, std::optional<size_t> step, std::string detail) {
  transition_.history.push_back({current().id, now_.wall, kind, step, std::move(text), std::move(detail)});
}

std::string Decider::NextToken() { return state().session + Base36(state().next_token++); }

std::string Decider::StepLabel(size_t index) {
  const auto& steps = current().plan.document.steps;
  return "step " + std::to_string(index + 1) + "/" + std::to_string(steps.size()) + " '" + steps[index].name +
         "'";
}

void Decider::OnRestarted(const Restarted& event) {
  state() = Durable(state());
  state().boot_id = event.boot_id;
  state().session = event.session;
  if (state().current && IsLocal(current().id)) Orphan();
  if (event.journal_trouble.empty()) return;
  Distrust(event.journal_trouble);
  Say("quarantine: the journal cannot be relied upon");
}

void Decider::OnRestartedInTask(const Restarted& event) {
  const bool rebooted = event.boot_id != state().boot_id;
  OnRestarted(event);
  Note("restarted",
       std::string(rebooted ? "the device was rebooted" : "the agent was restarted") + " while " +
           std::string(ToString(current().task->kind)) + " of " + StepLabel(current().task->step) + " ran",
       current().task->step);
  Act(StopLeftovers{current().task->id});
}

void Decider::OnRestartedWithOutbox(const Restarted& event) {
  OnRestarted(event);
  if (current().called_off) CallOff(*current().cause);
}

// The process of a local run was all the service that it had: nobody can accept its end any more. So it is as
// after a forced cancel, whatever its steps say of interruptions, and it needs no network.
void Decider::Orphan() {
  Execution& execution = current();
  execution.orphaned = true;
  switch (execution.phase) {
    case Phase::kStopping:
    case Phase::kRollingBack:
    case Phase::kReporting:
      return;  // on the way back already, for a reason of its own
    default:
      execution.called_off = true;
      execution.cause = Cause{CauseKind::kInterrupted, "the local run was interrupted", {}, {}};
  }
}

void Decider::OnRestartedReporting(const Restarted& event) {
  OnRestarted(event);
  if (!current().orphaned) return;
  Close(current().update->status, current().cause->text);
  Say("closed: a local run is reported to nobody");
}

void Decider::OnRestartedBetweenUndo(const Restarted& event) {
  if (current().task) return OnRestartedInTask(event);
  OnRestarted(event);
  Note("restarted", "the agent was restarted between two attempts to roll back");
  NextUndo();
}

void Decider::OnLinkUpIdle(const LinkUp&) {
  state().link_up = true;
  // Spread: a whole fleet reconnects at once after an outage, and the service's limit is for the account.
  // An empty answer is asked about once more: the list is eventually consistent, and what was queued while we
  // were away is told by nobody.
  WantNext(now_.boot +
               static_cast<int64_t>(now_.random * static_cast<double>(policy_.connect_spread.count())) + kNow,
           1);
}

int64_t Decider::Jittered(std::chrono::milliseconds interval) const {
  return now_.boot + static_cast<int64_t>(static_cast<double>(interval.count()) * (0.5 + now_.random));
}

// A notification that got lost would leave its job QUEUED until the next reconnect: an agent that is free
// asks by itself now and then.
void Decider::ArmIdlePoll() {
  const bool free = !state().current && !state().next && state().link_up && policy_.idle_poll.count() > 0;
  if (!free) {
    state().idle_due = 0;
  } else if (state().idle_due == 0) {
    state().idle_due = Jittered(policy_.idle_poll);
  }
}

void Decider::OnLinkUpBusy(const LinkUp&) { state().link_up = true; }

void Decider::OnLinkUpWithOutbox(const LinkUp&) {
  state().link_up = true;
  current().update->token.clear();
  SendUpdateNow();
}

void Decider::OnLinkUpRunning(const LinkUp&) {
  state().link_up = true;
  // Nothing tells a device that it was cancelled while it was away (reference 5.6): ask.
  Suspect();
}

void Decider::OnLinkDown(const LinkDown&) {
  state().link_up = false;
  state().next.reset();
  if (!state().current) return;
  current().describe.reset();
  if (!current().update) return;
  if (current().update->status == JobStatus::kInProgress && current().phase != Phase::kAccepting) {
    // A progress report is not worth keeping: the next one says more.
    current().update.reset();
    current().progress_due = kNow;
  } else {
    current().update->token.clear();
    current().update->due = 0;
  }
}

void Decider::OnTimeIdle(const TimePassed&) {
  if (state().idle_due > 0 && state().idle_due <= now_.boot) WantNext(now_.boot);
  if (state().next && state().link_up && state().next->due <= now_.boot) SendAskNext();
}

void Decider::OnTimeWithOutbox(const TimePassed&) {
  const auto& update = current().update;
  if (update && state().link_up && update->due > 0 && update->due <= now_.boot) SendUpdateNow();
}

void Decider::OnTimeRunning(const TimePassed&) {
  if (!state().link_up) return;
  Execution& execution = current();
  if (execution.update && execution.update->due <= now_.boot) {
    execution.update
        .reset();  // unanswered: whatever became of it, the version is learned from the next answer
    WantProgress();
  }
  MaybeSendProgress();
  if (execution.describe) {
    if (execution.describe->due <= now_.boot) SendDescribe();
  } else if (execution.poll_due > 0 && execution.poll_due <= now_.boot) {
    Suspect();
  }
}

void Decider::OnTimeStopping(const TimePassed&) {
  if (current().stop_due == 0 || current().stop_due > now_.boot) return;
  current().stop_due = 0;
  Note("stopping", "the uninterruptible step used up its time: stopping it", current().task->step);
  Act(StopTask{current().task->id, Grace(*current().task)});
}

void Decider::OnTimeRollingBack(const TimePassed&) {
  if (!current().task && current().undo_due <= now_.boot) NextUndo();
}

void Decider::Quarantined(const ExecutionId& by, const std::string& reason) {
  auto& quarantine = state().quarantine;
  if (!quarantine) {
    quarantine = Quarantine{by, reason, now_.wall};
    return;
  }
  if (quarantine->by.job.value.empty()) return;  // the device is in doubt already; the first reason stands
  if (by.job.value.empty()) quarantine->by = {};
  if (quarantine->reason.find(reason) == std::string::npos) quarantine->reason += "; " + reason;
}

void Decider::Distrust(const std::string& reason) {
  Quarantined({}, reason);
  if (!state().current) return;
  Note("quarantined", reason);
  switch (current().phase) {
    case Phase::kChecking:
    case Phase::kAccepting:
    case Phase::kRunning:
    case Phase::kPausing:
    case Phase::kRebooting:
    case Phase::kConnecting:
      current().called_off = true;
      current().cause = Cause{CauseKind::kDevice, reason, {}, {}};
      break;
    default:
      break;  // already on the way back, or the service has the last word
  }
}

void Decider::OnJournalFailed(const JournalFailed& event) {
  Distrust(event.reason);
  if (state().current && current().called_off) CallOff(*current().cause);
}

void Decider::OnShutdown(const ShutdownRequested&) {
  state().shutting_down = true;
  if (state().current && current().task) {
    Act(StopTask{current().task->id, Grace(*current().task)});
  } else {
    Act(Exit{});
  }
}

}  // namespace kedge
