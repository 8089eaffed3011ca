// What the operator asks for on the device itself.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/decider.h"
#include "core/status_details.h"

namespace kedge {
namespace {

constexpr size_t kMaxDetailsInText =
    256;  // bytes of the operator's details in a sentence; all are in the history

std::string NameOf(const JobId& job, std::optional<int64_t> number) {
  return "job " + job.value + (number ? "#" + std::to_string(*number) : "");
}

// The service has it as QUEUED until it accepted IN_PROGRESS.
ExecutionState StateOf(const Execution& execution) {
  const bool begun = execution.accepted_wall > 0;
  return {begun ? JobStatus::kInProgress : JobStatus::kQueued, execution.version, {}};
}

// Why it was called off, when the operator said it among his details only.
std::string ReasonOf(const CancelRequested& event) {
  const auto detail = event.details.find("reason");
  return event.reason.empty() && detail != event.details.end() ? detail->second : event.reason;
}

// "ticket=42, by=ann"
std::string InWords(const DetailsMap& details) {
  std::string text;
  for (const auto& [key, value] : details) {
    if (key != "reason") text += (text.empty() ? "" : ", ") + key + "=" + value;
  }
  return SafeDetailValue(text, Keep::kHead, kMaxDetailsInText);
}

}  // namespace

Cause Decider::CancelCause(const CancelRequested& event) const {
  Cause cause;
  cause.kind = CauseKind::kCancelled;
  cause.service_details = event.details;
  // A second request that only says "at once" takes nothing back of what the first one said.
  if (event.details.empty() && transition_.state.current && current().cause &&
      current().cause->kind == CauseKind::kCancelled) {
    cause.service_details = current().cause->service_details;
  }
  const std::string reason = ReasonOf(event);
  const std::string details = InWords(event.details);
  cause.text = std::string(event.force ? "cancelled by force" : "cancelled") + " on the device (" +
               event.origin + ")" + (reason.empty() ? "" : ": " + reason) +
               (details.empty() ? "" : " [" + details + "]");
  return cause;
}

void Decider::Refuse(const CancelRequested& event, RejectedCode code, std::string text) {
  Act(Answer{event.request, false, std::move(text), code});
}

// Another job than the one that is current, or any where nothing is.
void Decider::RefuseUnknown(const CancelRequested& event) {
  const auto& ledger = state().ledger;
  const auto closed = std::find_if(ledger.begin(), ledger.end(), [&event](const Closed& one) {
    return event.job && one.id.job == *event.job && (!event.number || one.id.number == *event.number);
  });
  if (closed != ledger.end()) {
    Act(Answer{event.request, false,
               NameOf(closed->id.job, event.number) + " is over: it ended " +
                   std::string(ToString(closed->status)) +
                   (closed->verdict ? ", verdict " + std::string(ToString(*closed->verdict)) : ""),
               RejectedCode::kInvalidStateTransition, closed->id, ExecutionState{closed->status, 0, {}}});
    return;
  }
  std::string text = event.job ? NameOf(*event.job, event.number) + " does not run here" : "";
  if (!state().current) {
    text += event.job ? ": nothing runs" : "nothing runs";
  } else {
    const bool same_job = event.job == current().id.job;
    text += "; " + NameOf(current().id.job, same_job ? std::optional(current().id.number) : std::nullopt) +
            " does";
  }
  Refuse(event, RejectedCode::kResourceNotFound, std::move(text));
}

bool Decider::IsForCurrent(const CancelRequested& event) {
  const Execution& execution = current();
  if ((event.job && *event.job != execution.id.job) ||
      (event.number && *event.number != execution.id.number)) {
    RefuseUnknown(event);
    return false;
  }
  if (!event.expected_version || *event.expected_version == execution.version) return true;
  Act(Answer{event.request, false,
             NameOf(execution.id.job, {}) + " has version " + std::to_string(execution.version) +
                 ", and the request expects " + std::to_string(*event.expected_version) +
                 ": something happened since you looked",
             RejectedCode::kVersionMismatch, execution.id, StateOf(execution)});
  Say("refused: the request expects another version");
  return false;
}

void Decider::TakeUp(const CancelRequested& event, std::string text) {
  const nlohmann::json detail = {{"statusDetails", event.details}};
  Note("cancel-requested", CancelCause(event).text, {},
       event.details.empty() ? "" : detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  Act(Answer{event.request, true, std::move(text), {}, current().id, StateOf(current())});
}

void Decider::OnCancelNothing(const CancelRequested& event) { RefuseUnknown(event); }

void Decider::OnCancelBeforeStart(const CancelRequested& event) {
  if (!IsForCurrent(event)) return;
  TakeUp(event, NameOf(current().id.job, {}) + " is called off before its first step");
  CallOff(CancelCause(event));
}

void Decider::OnCancelRunning(const CancelRequested& event) {
  if (!IsForCurrent(event)) return;
  const std::string job = NameOf(current().id.job, {});
  if (current().called_off && !event.force) {
    Act(Answer{event.request,
               true,
               job + " is already being called off after " + StepLabel(current().cursor),
               {},
               current().id,
               StateOf(current())});
    return;
  }
  if (event.force) {
    TakeUp(event, job + " is being stopped and rolled back");
    CallOff(CancelCause(event));
    return;
  }
  TakeUp(event, job + " is rolled back after " + StepLabel(current().cursor));
  current().called_off = true;
  current().cause = CancelCause(event);
}

void Decider::OnCancelBetweenCalls(const CancelRequested& event) {
  if (!IsForCurrent(event)) return;
  const bool rebooting = current().phase == Phase::kRebooting;
  TakeUp(event,
         NameOf(current().id.job, {}) +
             (rebooting ? " is rolled back instead of going on after the reboot" : " is being rolled back"));
  CallOff(CancelCause(event));
}

void Decider::OnCancelFinishing(const CancelRequested& event) {
  // Once sent, SUCCEEDED may have been accepted, and then nothing may be undone (the one rule): only the
  // service can end it now.
  if (current().update->attempts > 0) return OnCancelTooLate(event);
  if (!IsForCurrent(event)) return;
  TakeUp(event, NameOf(current().id.job, {}) + " is being rolled back");
  CallOff(CancelCause(event));
}

void Decider::OnCancelTooLate(const CancelRequested& event) {
  if (!IsForCurrent(event)) return;
  const std::string job = NameOf(current().id.job, {});
  const auto answer = [&](bool accepted, const char* text) {
    Act(Answer{event.request, accepted, job + text,
               accepted ? std::nullopt : std::optional(RejectedCode::kInvalidStateTransition), current().id,
               StateOf(current())});
  };
  switch (current().phase) {
    case Phase::kFinishing:
      return answer(false, " has reported SUCCEEDED; only the service can end it now");
    case Phase::kReporting:
      return answer(false, " is over; its final status is being reported");
    default:
      return answer(true, " is already being stopped and rolled back");
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
