// Events and actions as one line each: what the log prints is what the tests compare.
#include "core/execution.h"
#include "core/status_details.h"

namespace kedge {
namespace {

std::string Name(const ExecutionId& id) { return id.job.value + "#" + std::to_string(id.number); }

std::string List(const std::vector<PendingEntry>& entries) {
  std::string text = "[";
  for (const auto& entry : entries) text += (text.size() > 1 ? " " : "") + Name(entry.id);
  return text + "]";
}

std::string_view ToString(Source source) {
  switch (source) {
    case Source::kNotifyNext:
      return "notify-next";
    case Source::kNextReply:
      return "$next";
  }
  return "?";
}

std::string Tell(const Rejection& rejection) {
  std::string text(kedge::ToString(rejection.code));
  if (rejection.state) {
    text += " (" + std::string(kedge::ToString(rejection.state->status)) + " version " +
            std::to_string(rejection.state->version) + ")";
  }
  return text;
}

std::string Millis(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

std::string Words(const Restarted& e) {
  return "restarted on boot " + e.boot_id.substr(0, 8) +
         (e.journal_trouble.empty() ? "" : ": " + e.journal_trouble);
}
std::string Words(const JournalFailed& e) { return "journal failed: " + e.reason; }
std::string Words(const LinkUp&) { return "link up"; }
std::string Words(const LinkDown& e) { return "link down" + (e.reason.empty() ? "" : ": " + e.reason); }
std::string Words(const Offered& e) {
  return std::string(ToString(e.source)) + " offers " + Name(e.execution.id) + " " +
         std::string(kedge::ToString(e.execution.status)) + " version " + std::to_string(e.execution.version);
}
std::string Words(const NothingNext& e) { return std::string(ToString(e.source)) + " offers nothing"; }
std::string Words(const PendingChanged& e) {
  return "pending in progress " + List(e.in_progress) + " queued " + List(e.queued);
}
std::string Words(const Described& e) {
  return "described " + Name(e.execution.id) + " " + std::string(kedge::ToString(e.execution.status)) +
         " version " + std::to_string(e.execution.version);
}
std::string Words(const DescribeRejected& e) {
  return "describe of " + e.job.value + " rejected: " + Tell(e.rejection);
}
std::string Words(const NextRejected& e) { return "$next rejected: " + Tell(e.rejection); }
std::string Words(const UpdateAccepted& e) { return "update of " + e.job.value + " accepted"; }
std::string Words(const UpdateRejected& e) {
  return "update of " + e.job.value + " rejected: " + Tell(e.rejection);
}
std::string Words(const TaskEnded& e) {
  return "task " + std::to_string(e.task) + " ended: " + ToString(e.ending);
}
std::string Words(const TaskTold& e) {
  std::string text = "task " + std::to_string(e.task) + " tells";
  for (const auto& [key, value] : e.told) text += " " + Quoted(key) + "=" + Quoted(value);
  return text;
}
std::string Words(const TaskSurvives& e) {
  return "task " + std::to_string(e.task) + " outlives KILL: " + e.who;
}
std::string Words(const CancelRequested& e) {
  return std::string(e.force ? "forced " : "") + "cancel of " + (e.job ? e.job->value : "the current job") +
         (e.number ? "#" + std::to_string(*e.number) : "") +
         (e.expected_version ? " at version " + std::to_string(*e.expected_version) : "") + " requested by " +
         e.origin;
}
std::string Words(const ClearRequested& e) { return "clear requested by " + e.origin; }
std::string Words(const RollbackRequested& e) { return "another roll-back requested by " + e.origin; }
std::string Words(const ShutdownRequested&) { return "shutdown requested"; }
std::string Words(const TimePassed&) { return "time passed"; }

std::string Words(const StartTask& a) {
  return "start task " + std::to_string(a.task.id) + ": " + std::string(ToString(a.task.kind)) +
         (a.task.guard.empty() ? "" : " " + a.task.guard) + " of step " + std::to_string(a.task.step + 1) +
         ", limit " + Millis(a.limit) + (a.whose == LimitOf::kJob ? " (the rest of the job's)" : "");
}
std::string Words(const StopTask& a) {
  return "stop task " + std::to_string(a.task) + ", grace " + Millis(a.grace);
}
std::string Words(const StopLeftovers& a) { return "stop what is left of task " + std::to_string(a.task); }
std::string Words(const SendUpdate& a) {
  return "send " + std::string(ToString(a.status)) + " for " + Name(a.execution) +
         (a.expected_version ? " expecting version " + std::to_string(*a.expected_version) : "") +
         (a.details.empty() ? " without details" : "") +
         (a.step_timeout_minutes ? ", lease " + std::to_string(*a.step_timeout_minutes) + " min" : "");
}
std::string Words(const AskNext&) { return "ask for $next"; }
std::string Words(const kedge::Describe& a) {
  return "describe " + Name(a.execution) + (a.document ? " with its document" : "");
}
std::string Words(const Reconnect&) { return "connect anew"; }
std::string Words(const DropUndo& a) { return "drop the undo data of " + Name(a.execution); }
std::string Words(const Answer& a) {
  return std::string(a.accepted ? "answer yes: " : "answer no: ") + a.text;
}
std::string Words(const Exit&) { return "exit"; }

}  // namespace

std::string ToString(const Event& event) {
  return std::visit([](const auto& what) { return Words(what); }, event.what);
}

std::string ToString(const Action& action) {
  return std::visit([](const auto& what) { return Words(what); }, action);
}

}  // namespace kedge
