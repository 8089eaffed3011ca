// The words of the AWS IoT Jobs protocol, as types. Source: reference aws-iot-jobs.md sections 2 to 4.
// Values only; the wire format is the business of jobs/.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kedge {

// A job id: 1 to 64 characters of [a-zA-Z0-9_-]. Never used as a file name.
struct JobId {
  std::string value;
  auto operator<=>(const JobId&) const = default;
};

// What makes an execution the same execution. The same job id may legally come back with a higher execution
// number, and both numbers may be used again after a deletion; queuedAt tells those apart (reference 3.4).
struct ExecutionId {
  JobId job;
  int64_t number = 1;     // executionNumber, from 1; 0: kLocalNumber
  int64_t queued_at = 0;  // milliseconds since the epoch
  auto operator<=>(const ExecutionId&) const = default;
};

// The execution number of a local run (`kedge run FILE`), which no service knows: the service counts from 1.
inline constexpr int64_t kLocalNumber = 0;
inline bool IsLocal(const ExecutionId& id) { return id.number == kLocalNumber; }

enum class JobStatus { kQueued, kInProgress, kSucceeded, kFailed, kRejected, kTimedOut, kRemoved, kCanceled };

// The wire word ("IN_PROGRESS"), and back; nullopt for a word that is none.
std::string_view ToString(JobStatus status);
std::optional<JobStatus> JobStatusFrom(std::string_view word);
// SUCCEEDED, FAILED, REJECTED, TIMED_OUT, REMOVED, CANCELED.
bool IsTerminal(JobStatus status);

using DetailsMap = std::map<std::string, std::string>;

// An execution as the service tells it (start-next, describe, notify-next).
struct ServiceExecution {
  ExecutionId id;
  JobStatus status = JobStatus::kQueued;
  int64_t version = 1;                  // versionNumber
  std::optional<std::string> document;  // the job document as JSON text; absent when it was not included
  std::string document_problem;  // not empty: the document cannot be taken, and why (nested too deep, ...)
  DetailsMap details;            // statusDetails
  auto operator<=>(const ServiceExecution&) const = default;
};

// An entry of a pending list: enough to see whether ours is still there. Lists carry no status of their own.
struct PendingEntry {
  ExecutionId id;
  int64_t version = 1;
  auto operator<=>(const PendingEntry&) const = default;
};

// executionState of a reply.
struct ExecutionState {
  JobStatus status = JobStatus::kQueued;
  int64_t version = 1;
  DetailsMap details;
  auto operator<=>(const ExecutionState&) const = default;
};

// `code` of a rejection (reference section 4). kOther: a code this agent does not know.
enum class RejectedCode {
  kInvalidTopic,
  kInvalidJson,
  kInvalidRequest,
  kInvalidStateTransition,
  kResourceNotFound,
  kVersionMismatch,
  kTerminalStateReached,
  kInternalError,
  kRequestThrottled,
  kOther,
};
std::string_view ToString(RejectedCode code);
RejectedCode RejectedCodeFrom(std::string_view word);

struct Rejection {
  RejectedCode code = RejectedCode::kOther;
  std::string message;
  std::optional<ExecutionState> state;  // only with InvalidStateTransition and VersionMismatch
  auto operator<=>(const Rejection&) const = default;
};

}  // namespace kedge
