// Everything Advance can ask for, as data. The daemon carries actions out, in order, after the state was
// committed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/ending.h"
#include "core/job_execution.h"

namespace kedge {

// What a task does. The verbs of handlers and guards (handlers/PROTOCOL.md).
enum class TaskKind {
  kCheck,         // handler `check`: may this run here? Or, with `guard`, can it be put back? Changes nothing
  kSnapshot,      // guard `snapshot`: keep what the step may change
  kRun,           // the step itself
  kVerifyDone,    // handler or document `verify`, after run: is the effect there?
  kRollback,      // handler or document `rollback`
  kRestore,       // guard `restore`
  kVerifyUndone,  // handler or document `verify`, after rollback: is the effect gone?
  kVerifyGuard,   // guard `verify`: is everything as the snapshot says?
  kReboot,        // asks the system to reboot (config: jobs.reboot_command)
  kKept,          // what a step that ended well left running, being ended: the job is called off
};
std::string_view ToString(TaskKind kind);
std::optional<TaskKind> TaskKindFrom(std::string_view word);
// Forward tasks do not start when the journal cannot be written; undo tasks do.
bool IsForward(TaskKind kind);

// One child to run. `id` is never used twice in the life of a journal.
struct Task {
  int64_t id = 0;
  TaskKind kind = TaskKind::kRun;
  size_t step = 0;    // index into the plan
  std::string guard;  // kSnapshot, kRestore, kVerifyGuard: which one; kCheck: empty for the handler's
  auto operator<=>(const Task&) const = default;
};

struct StartTask {
  Task task;
  std::chrono::milliseconds limit{0};
  LimitOf whose = LimitOf::kStep;
};
struct StopTask {
  int64_t task = 0;
  std::chrono::milliseconds grace{0};
};
// Ends what an earlier life of the agent left of the task, or what the task itself left running; answered by
// TaskEnded{Interrupted}.
struct StopLeftovers {
  int64_t task = 0;
};

// UpdateJobExecution.
struct SendUpdate {
  std::string token;
  ExecutionId execution;
  JobStatus status = JobStatus::kInProgress;
  DetailsMap details;  // empty: the member is left out
  std::optional<int64_t> expected_version;
  std::optional<int64_t> step_timeout_minutes{};  // 1 to 10080: the lease; absent: the timer is left as it is
};
// DescribeJobExecution of $next, with the document.
struct AskNext {
  std::string token;
};
// DescribeJobExecution.
struct Describe {
  std::string token;
  ExecutionId execution;
  bool document = false;  // with the job document, made anew: the URLs that the service signs are fresh
};
// The connection to the broker is given up and made anew, with whatever the device has now: network,
// certificate, name server. LinkDown comes, and LinkUp when it is there again.
struct Reconnect {};
// The execution is closed: everything kept to undo it may go.
struct DropUndo {
  ExecutionId execution;
};
// The answer to an operator's question.
struct Answer {
  int64_t request = 0;
  bool accepted = false;
  std::string text;
  // To a cancel, in the words of the Jobs API. Absent: there is nothing to say.
  std::optional<RejectedCode> code{};      // why it is refused
  std::optional<ExecutionId> execution{};  // which one it is about
  std::optional<ExecutionState> state{};   // how that one stands; version 0: not known
};
// End the program: nothing is running any more.
struct Exit {};

using Action = std::variant<StartTask, StopTask, StopLeftovers, SendUpdate, AskNext, Describe, Reconnect,
                            DropUndo, Answer, Exit>;

// One line, the same words in the log and in the tests' traces.
std::string ToString(const Action& action);

}  // namespace kedge
