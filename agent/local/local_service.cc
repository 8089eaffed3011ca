#include "local/local_service.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace kedge::local {

using nlohmann::json;

// What a payload of ours says. Another process cannot speak to this service: what is missing is at its
// default, as the real one would have it.
struct LocalService::Request {
  explicit Request(const std::string& payload) {
    const json body = json::parse(payload, nullptr, false);
    if (!body.is_object()) return;
    token = body.value("clientToken", "");
    number = body.value("executionNumber", kLocalNumber);
    with_document = body.value("includeJobDocument", true);
    status = JobStatusFrom(body.value("status", ""));
    if (body.contains("expectedVersion")) expected_version = body["expectedVersion"].get<int64_t>();
    if (body.contains("statusDetails")) details = body["statusDetails"].get<DetailsMap>();
  }

  std::string token;
  int64_t number = kLocalNumber;
  bool with_document = true;
  std::optional<JobStatus> status;
  std::optional<int64_t> expected_version;
  std::optional<DetailsMap> details;
};

LocalService::LocalService(const jobs::Topics& topics, ServiceExecution execution, Callbacks callbacks)
    : topics_(topics), execution_(std::move(execution)), callbacks_(std::move(callbacks)) {}

void LocalService::Notify() {
  if (IsTerminal(execution_.status)) return callbacks_.tell(NothingNext{Source::kNotifyNext, ""});
  callbacks_.tell(Offered{Source::kNotifyNext, "", execution_, {}});
}

bool LocalService::CancelByForce(DetailsMap details) {
  if (IsTerminal(execution_.status)) return false;
  execution_.status = JobStatus::kCanceled;
  execution_.details = std::move(details);
  ++execution_.version;
  Notify();
  return true;
}

void LocalService::Publish(const std::string& topic, const std::string& payload, bool) {
  const JobId& job = execution_.id.job;
  if (topic == topics_.DescribeNext()) return AnswerNext(Request(payload));
  if (topic == topics_.Describe(job)) return AnswerDescribe(Request(payload));
  if (topic == topics_.Update(job)) return AnswerUpdate(Request(payload));
  // The device's state, its shadow, answers to operators: nobody listens.
}

void LocalService::AnswerNext(const Request& request) {
  if (IsTerminal(execution_.status)) return callbacks_.tell(NothingNext{Source::kNextReply, request.token});
  callbacks_.tell(Offered{Source::kNextReply, request.token, execution_, {}});
}

void LocalService::AnswerDescribe(const Request& request) {
  const auto refuse = [&](RejectedCode code, const char* message) {
    callbacks_.tell(DescribeRejected{request.token, execution_.id.job, {code, message, {}}});
  };
  if (request.number != execution_.id.number)
    return refuse(RejectedCode::kResourceNotFound, "no such execution");
  if (IsTerminal(execution_.status))
    return refuse(RejectedCode::kTerminalStateReached, "the execution is over");
  ServiceExecution told = execution_;
  if (!request.with_document) told.document.reset();
  callbacks_.tell(Described{request.token, std::move(told)});
}

void LocalService::RefuseUpdate(const Request& request, RejectedCode code, const std::string& message) {
  std::optional<ExecutionState> state;
  if (code == RejectedCode::kInvalidStateTransition || code == RejectedCode::kVersionMismatch)
    state = ExecutionState{execution_.status, execution_.version, execution_.details};
  callbacks_.tell(UpdateRejected{request.token, execution_.id.job, {code, message, std::move(state)}});
}

void LocalService::AnswerUpdate(const Request& request) {
  if (request.number != execution_.id.number)
    return RefuseUpdate(request, RejectedCode::kResourceNotFound, "no such execution");
  if (!request.status) return RefuseUpdate(request, RejectedCode::kInvalidRequest, "no such status");
  if (IsTerminal(execution_.status))
    return RefuseUpdate(request, RejectedCode::kInvalidStateTransition, "the execution is over");
  if (request.expected_version.value_or(execution_.version) != execution_.version)
    return RefuseUpdate(request, RejectedCode::kVersionMismatch, "the version is another one");
  execution_.status = *request.status;
  if (request.details) execution_.details = *request.details;
  ++execution_.version;
  callbacks_.tell(UpdateAccepted{request.token, execution_.id.job, {}});
  callbacks_.updated(execution_);
}

}  // namespace kedge::local
