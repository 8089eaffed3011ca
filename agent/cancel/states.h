// The states that `kedge cancel --wait-for-state` takes: those of AWS IoT Jobs and of OCI Resource Manager,
// and which of them an execution that was called off here is in. Pure.
//
// The services differ in one thing: the device reports what it called off as FAILED, for CANCELED is the
// service's own word at AWS; at OCI a job that was cancelled is CANCELED. So both hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job_execution.h"

namespace kedge::cancel {

enum class Awaited {
  kQueued,      // AWS
  kAccepted,    // OCI: the same as QUEUED
  kInProgress,  // both
  kCanceling,   // OCI: called off, and not over
  kSucceeded,   // both
  kFailed,      // both
  kCanceled,    // both
  kTimedOut,    // AWS, and what follows
  kRejected,
  kRemoved,
};

// In any case ("canceled", "CANCELLED" too).
std::optional<Awaited> AwaitedFrom(std::string_view word);
std::string_view ToString(Awaited state);
// "QUEUED, ACCEPTED, ...": for whoever typed another one.
std::string AllAwaited();

// How an execution stands, as the device tells it.
struct Stand {
  bool over = false;
  bool begun = false;                         // the service has accepted IN_PROGRESS
  std::string phase{};                        // while it is not over: the agent's word
  JobStatus status = JobStatus::kInProgress;  // when it is over
  std::string verdict{};                      // "", "safe", "unknown", "unsafe"
  std::string text{};                         // one sentence
};

// All that hold at once of an execution whose cancel was accepted.
std::vector<Awaited> HoldingStates(const Stand& stand);

}  // namespace kedge::cancel
