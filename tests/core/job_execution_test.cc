#include "core/job_execution.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace kedge {
namespace {

// Spelled out here a second time on purpose: the wire words must not change when the enum does.
constexpr std::pair<JobStatus, std::string_view> kStatuses[] = {
    {JobStatus::kQueued, "QUEUED"},       {JobStatus::kInProgress, "IN_PROGRESS"},
    {JobStatus::kSucceeded, "SUCCEEDED"}, {JobStatus::kFailed, "FAILED"},
    {JobStatus::kRejected, "REJECTED"},   {JobStatus::kTimedOut, "TIMED_OUT"},
    {JobStatus::kRemoved, "REMOVED"},     {JobStatus::kCanceled, "CANCELED"}};

constexpr std::pair<RejectedCode, std::string_view> kCodes[] = {
    {RejectedCode::kInvalidTopic, "InvalidTopic"},
    {RejectedCode::kInvalidJson, "InvalidJson"},
    {RejectedCode::kInvalidRequest, "InvalidRequest"},
    {RejectedCode::kInvalidStateTransition, "InvalidStateTransition"},
    {RejectedCode::kResourceNotFound, "ResourceNotFound"},
    {RejectedCode::kVersionMismatch, "VersionMismatch"},
    {RejectedCode::kTerminalStateReached, "TerminalStateReached"},
    {RejectedCode::kInternalError, "InternalError"},
    {RejectedCode::kRequestThrottled, "RequestThrottled"}};

TEST_CASE("job execution: each status has its wire word, there and back") {
  for (const auto& [status, word] : kStatuses) {
    CHECK(ToString(status) == word);
    CHECK(JobStatusFrom(word) == status);
  }
}

TEST_CASE("job execution: words that are no status are none") {
  for (const std::string_view word :
       {"", "queued", "CANCELLED", "IN_PROGRESS ", "IN PROGRESS", "SUCCEEDEDX"}) {
    CHECK_FALSE(JobStatusFrom(word).has_value());
  }
}

TEST_CASE("job execution: only QUEUED and IN_PROGRESS are not the end") {
  for (const auto& [status, word] : kStatuses) {
    CAPTURE(word);
    CHECK(IsTerminal(status) == (word != "QUEUED" && word != "IN_PROGRESS"));
  }
}

TEST_CASE("job execution: each rejection code has its wire word, there and back, others are kOther") {
  for (const auto& [code, word] : kCodes) {
    CHECK(ToString(code) == word);
    CHECK(RejectedCodeFrom(word) == code);
  }
  for (const std::string_view word : {"", "versionmismatch", "Unauthorized", "Other"}) {
    CHECK(RejectedCodeFrom(word) == RejectedCode::kOther);
  }
  CHECK(ToString(RejectedCode::kOther) == "Other");
}

TEST_CASE("job execution: job, number and queuedAt each make it another execution") {
  const ExecutionId id{{"a"}, 1, 100};
  CHECK(id == ExecutionId{{"a"}, 1, 100});
  CHECK(id != ExecutionId{{"b"}, 1, 100});
  CHECK(id != ExecutionId{{"a"}, 2, 100});
  CHECK(id != ExecutionId{{"a"}, 1, 101});
}

}  // namespace
}  // namespace kedge
