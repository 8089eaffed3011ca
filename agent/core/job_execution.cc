#include "core/job_execution.h"

#include <initializer_list>

namespace kedge {
namespace {

constexpr std::initializer_list<JobStatus> kStatuses = {
    JobStatus::kQueued,   JobStatus::kInProgress, JobStatus::kSucceeded, JobStatus::kFailed,
    JobStatus::kRejected, JobStatus::kTimedOut,   JobStatus::kRemoved,   JobStatus::kCanceled};

constexpr std::initializer_list<RejectedCode> kCodes = {
    RejectedCode::kInvalidTopic,           RejectedCode::kInvalidJson,      RejectedCode::kInvalidRequest,
    RejectedCode::kInvalidStateTransition, RejectedCode::kResourceNotFound, RejectedCode::kVersionMismatch,
    RejectedCode::kTerminalStateReached,   RejectedCode::kInternalError,    RejectedCode::kRequestThrottled};

}  // namespace

std::string_view ToString(JobStatus status) {
  switch (status) {
    case JobStatus::kQueued:
      return "QUEUED";
    case JobStatus::kInProgress:
      return "IN_PROGRESS";
    case JobStatus::kSucceeded:
      return "SUCCEEDED";
    case JobStatus::kFailed:
      return "FAILED";
    case JobStatus::kRejected:
      return "REJECTED";
    case JobStatus::kTimedOut:
      return "TIMED_OUT";
    case JobStatus::kRemoved:
      return "REMOVED";
    case JobStatus::kCanceled:
      return "CANCELED";
  }
  return "";
}

std::optional<JobStatus> JobStatusFrom(std::string_view word) {
  for (const JobStatus status : kStatuses) {
    if (word == ToString(status)) return status;
  }
  return std::nullopt;
}

bool IsTerminal(JobStatus status) { return status != JobStatus::kQueued && status != JobStatus::kInProgress; }

std::string_view ToString(RejectedCode code) {
  switch (code) {
    case RejectedCode::kInvalidTopic:
      return "InvalidTopic";
    case RejectedCode::kInvalidJson:
      return "InvalidJson";
    case RejectedCode::kInvalidRequest:
      return "InvalidRequest";
    case RejectedCode::kInvalidStateTransition:
      return "InvalidStateTransition";
    case RejectedCode::kResourceNotFound:
      return "ResourceNotFound";
    case RejectedCode::kVersionMismatch:
      return "VersionMismatch";
    case RejectedCode::kTerminalStateReached:
      return "TerminalStateReached";
    case RejectedCode::kInternalError:
      return "InternalError";
    case RejectedCode::kRequestThrottled:
      return "RequestThrottled";
    case RejectedCode::kOther:
      return "Other";
  }
  return "Other";
}

RejectedCode RejectedCodeFrom(std::string_view word) {
  for (const RejectedCode code : kCodes) {
    if (word == ToString(code)) return code;
  }
  return RejectedCode::kOther;
}

}  // namespace kedge
