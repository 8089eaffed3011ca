#include "requests.h"

#include <limits>

#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

template <typename Request>
Outcome<Request> Finish(const Members& members, Request request) {
  if (members.problem()) return *members.problem();
  return request;
}

Status ReadStatus(Members& members) {
  const auto word = members.Text("status");
  const auto status = StatusFrom(word.value_or(""));
  if (!word) {
    members.Refuse("status is missing: every update must say IN_PROGRESS, SUCCEEDED, FAILED or REJECTED");
  } else if (status == Status::kInProgress || status == Status::kSucceeded || status == Status::kFailed ||
             status == Status::kRejected) {
    return *status;
  } else {
    members.Refuse("status '" + *word +
                   "' is not one that a device may set: IN_PROGRESS, SUCCEEDED, FAILED, REJECTED");
  }
  return Status::kInProgress;
}

}  // namespace

Outcome<StartNextRequest> ReadStartNext(const json& body, Spelling spelling, const Readings& readings) {
  Members members(body, spelling);
  StartNextRequest request;
  request.details = members.Details("statusDetails", kMaxDetailValue, readings);
  request.step_timeout = members.StepTimeout(false);
  return Finish(members, request);
}

Outcome<DescribeRequest> ReadDescribe(const json& body, Spelling spelling) {
  Members members(body, spelling);
  DescribeRequest request;
  request.execution_number = members.Integer("executionNumber", 0, Members::kMost);
  request.include_document = members.Flag("includeJobDocument", true);
  return Finish(members, request);
}

Outcome<UpdateRequest> ReadUpdate(const json& body, Spelling spelling, const Readings& readings) {
  Members members(body, spelling);
  UpdateRequest request;
  request.status = ReadStatus(members);
  request.details = members.Details("statusDetails", kMaxDetailValue, readings);
  request.expected_version = members.Integer("expectedVersion", 0, Members::kMost);
  request.execution_number = members.Integer("executionNumber", 0, Members::kMost);
  request.step_timeout = members.StepTimeout(true);
  request.include_state = members.Flag("includeJobExecutionState", false);
  request.include_document = members.Flag("includeJobDocument", false);
  return Finish(members, request);
}

Outcome<CancelExecutionRequest> ReadCancelExecution(const json& body, const Readings& readings) {
  Members members(body);
  CancelExecutionRequest request;
  request.expected_version = members.Integer("expectedVersion", 0, Members::kMost);
  // The control plane's model has no upper limit for a value, the data plane's has.
  request.details = members.Details("statusDetails", std::numeric_limits<std::size_t>::max(), readings);
  return Finish(members, request);
}

}  // namespace kedge::drydock
