// What goes wrong, as data: a schedule is a scenario and a list of these. The text form ("31:power-half") is
// what a failing case prints and what --replay takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::sim {

enum class FaultKind {
  // The service ends the execution of the job `arg` (index).
  kCanceled,
  kCanceledUnheard,  // and the notifications are lost
  kTimedOut,
  kRemoved,
  kDeleted,
  // The operator at the device.
  kGraceful,
  kForced,
  kGracefulForced,  // gracefully, and by force 3 ms later
  kClear,
  kRetry,        // kedge rollback --retry
  kTopicCancel,  // a message on the cancel topic, graceful (arg 1: forced)
  kShutdown,     // SIGTERM; the agent is started again
  // Crashes. Half and all: how much of what the running task writes got through.
  kPowerNone,
  kPowerHalf,
  kPowerAll,
  kOfflineNone,  // a power cut, and the link stays away for an hour after it
  kOfflineHalf,
  kOfflineAll,
  kKillNone,  // kill -9 of the agent; its children go on until the next life ends them
  kKillHalf,
  kKillAll,
  kJournalLost,  // a power cut that takes the journal with it
  // The service and the network; `arg` is milliseconds, or a count.
  kTouch,            // another client changes the details of job `arg`
  kElsewhere,        // another client starts job `arg`
  kAgain,            // job `arg` is created again with the next execution number
  kAgainSameNumber,  // deleted and created again with the same number, another queuedAt
  kLinkDown,         // for `arg` ms
  kAway,             // the service does not answer for `arg` ms
  kThrottled,        // the next `arg` requests are refused
  kInternal,
  kDrop,    // the message number `at` is lost (at counts messages, not operations)
  kDouble,  // arrives twice
  kLate,    // arrives `arg` ms late
  // The device.
  kDiskFull,    // commits fail with kUnavailable for `arg` ms; below 0: -`arg` ms, and nothing in reserve
  kDiskBroken,  // a commit fails with kIo; a new journal is begun (`arg` 1: cannot be begun until a restart)
  kWallJump,    // the wall clock jumps by `arg` seconds
};

struct Fault {
  FaultKind kind = FaultKind::kCanceled;
  int64_t at = 0;   // before this operation, counted from 0
  int64_t arg = 0;  // what it is, is said at the kind
  bool operator==(const Fault&) const = default;
};

bool IsMessageFault(FaultKind kind);
bool IsCrash(FaultKind kind);
// "31:power-half", "12:canceled", "40:link-down=3000".
std::string ToString(const Fault& fault);
std::string ToString(const std::vector<Fault>& faults);
Result<Fault> FaultFrom(const std::string& text);

}  // namespace kedge::sim
