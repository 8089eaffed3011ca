// Everything that can happen to an execution, as data. jobs/ makes the ones that come over MQTT, the daemon
// makes the rest; Advance (execution.h) answers each. Time and randomness come in with the event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/ending.h"
#include "core/job_document.h"
#include "core/job_execution.h"

namespace kedge {

struct Instant {
  int64_t boot = 0;     // milliseconds since boot (CLOCK_BOOTTIME): deadlines
  int64_t wall = 0;     // milliseconds since the epoch: records only, may jump
  double random = 0.5;  // in [0, 1): jitter
};

// What the handler of a step has beside `run`; found on the device before the job is accepted.
struct Verbs {
  bool check = false;
  bool rollback = false;
  bool verify = false;
  std::vector<std::string>
      guard_checks{};  // the guards of `protect` that say beforehand whether there is a way back
  auto operator<=>(const Verbs&) const = default;
};

// A document that can run here: parsed, and each step's handler, user and guards found.
struct Plan {
  JobDocument document;
  std::vector<Verbs> verbs;  // one for each step
  auto operator<=>(const Plan&) const = default;
};
// A document that can never run here, and why: the job is REJECTED with this reason.
struct Refusal {
  std::string reason;
  bool passing = false;  // only now: the device is short of something. FAILED then, for FAILED may be retried
};
using Admission = std::variant<Plan, Refusal>;

// What told of the head of the pending list: the notification, or the answer to AskNext.
enum class Source { kNotifyNext, kNextReply };

// The agent (re)started. `session` is new for each start and prefixes its client tokens.
struct Restarted {
  std::string boot_id;
  std::string session;
  // Not empty: the journal could not be read or cannot be written. One sentence: what, where the evidence is.
  // What the state says may be less than what happened.
  std::string journal_trouble{};
};
// The journal's disk failed while the agent ran (an fsync or write error, never a full disk).
struct JournalFailed {
  std::string reason;
};
struct LinkUp {};
struct LinkDown {
  std::string reason;
};
// An execution is at the head of the pending list.
struct Offered {
  Source source = Source::kNotifyNext;
  std::string token;  // client token of the reply; empty for a notification
  ServiceExecution execution;
  Admission admission;  // made by the daemon from execution.document
};
// Nothing is pending.
struct NothingNext {
  Source source = Source::kNotifyNext;
  std::string token;
};
// The pending list changed (notify) or was told (get/accepted).
struct PendingChanged {
  std::vector<PendingEntry> in_progress;
  std::vector<PendingEntry> queued;
};
// Answers to Describe, AskNext and SendUpdate; `token` empty when the reply carried none.
struct Described {
  std::string token;
  ServiceExecution execution;
};
struct DescribeRejected {
  std::string token;
  JobId job;
  Rejection rejection;
};
struct NextRejected {
  std::string token;
  Rejection rejection;
};
struct UpdateAccepted {
  std::string token;
  JobId job;
  std::optional<ExecutionState> state;  // only if it was asked for
};
struct UpdateRejected {
  std::string token;
  JobId job;
  Rejection rejection;
};
// A task, and all that it started, is gone (process/), but for what it may have left running on purpose.
struct TaskEnded {
  int64_t task = 0;
  Ending ending;
  Output output{};
  Usage usage{};
  DetailsMap told{};  // what it told since the last TaskTold
};
// A task told how it gets on (KEDGE_STATUS_FD): key and value as it wrote them, not checked yet.
struct TaskTold {
  int64_t task = 0;
  DetailsMap told;
};
// Something of a task that is being ended outlives KILL. It is waited for; this is for people.
struct TaskSurvives {
  int64_t task = 0;
  std::string who;  // "dd (1234) in uninterruptible sleep"
};
// From the operator, by any door. `request` names the door's question; the answer is an Answer action.
struct CancelRequested {
  int64_t request = 0;
  std::optional<JobId> job;  // absent: whatever is current
  bool force = false;
  std::string reason;
  std::string origin;                         // "uid 0 on D-Bus", "topic kedge/things/.../cancel"
  std::optional<int64_t> number{};            // the execution number; absent: whichever is current
  std::optional<int64_t> expected_version{};  // only if the execution has this version
  DetailsMap details{};                       // the operator's statusDetails, within the service's rules
};
// The operator looked at the device and lifts the quarantine.
struct ClearRequested {
  int64_t request = 0;
  std::string origin;
};
// The operator asks for another attempt to undo what could not be undone.
struct RollbackRequested {
  int64_t request = 0;
  std::string origin;
};
// The agent is asked to end (SIGTERM). The running task is ended; the journal keeps it as running, so that
// the next start undoes it.
struct ShutdownRequested {};
// A deadline of State may be due. Also sent when none is: harmless.
struct TimePassed {};

struct Event {
  Instant now;
  std::variant<Restarted, LinkUp, LinkDown, Offered, NothingNext, PendingChanged, Described, DescribeRejected,
               NextRejected, UpdateAccepted, UpdateRejected, TaskEnded, TaskTold, TaskSurvives,
               CancelRequested, ClearRequested, RollbackRequested, JournalFailed, ShutdownRequested,
               TimePassed>
      what;
};

// One line, the same words in the log and in the tests' traces.
std::string ToString(const Event& event);

}  // namespace kedge
