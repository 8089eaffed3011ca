#include "sim/wire.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "jobs/replies.h"

namespace kedge::sim {
namespace {

using nlohmann::json;

const std::string kPrefix = "$aws/things/sim/jobs/";

json ExecutionJson(const ServiceExecution& execution, bool whole) {
  json body = {{"jobId", execution.id.job.value},
               {"executionNumber", execution.id.number},
               {"queuedAt", execution.id.queued_at / 1000},
               {"lastUpdatedAt", execution.id.queued_at / 1000},
               {"versionNumber", execution.version}};
  if (!whole) return body;
  body["status"] = ToString(execution.status);
  if (!execution.details.empty()) body["statusDetails"] = execution.details;
  if (execution.document) body["jobDocument"] = json::parse(*execution.document);
  return body;
}

json EntryJson(const PendingEntry& entry) {
  ServiceExecution summary;
  summary.id = entry.id;
  summary.version = entry.version;
  return ExecutionJson(summary, false);
}

json Body(const std::string& token, int64_t now_seconds) {
  json body = {{"timestamp", now_seconds}};
  if (!token.empty()) body["clientToken"] = token;
  return body;
}

json RejectionJson(const std::string& token, const Rejection& rejection, int64_t now_seconds) {
  json body = Body(token, now_seconds);
  body["code"] = ToString(rejection.code);
  body["message"] = rejection.message;
  if (rejection.state) {
    json state = {{"status", ToString(rejection.state->status)}, {"versionNumber", rejection.state->version}};
    if (!rejection.state->details.empty()) state["statusDetails"] = rejection.state->details;
    body["executionState"] = std::move(state);
  }
  return body;
}

// One overload for each kind of message that a service sends.
struct ReplyWriter {
  int64_t now_seconds;

  jobs::Message operator()(const Offered& e) const {
    json body = Body(e.token, now_seconds);
    body["execution"] = ExecutionJson(e.execution, true);
    return {kPrefix + (e.source == Source::kNotifyNext ? "notify-next" : "$next/get/accepted"), body.dump()};
  }
  jobs::Message operator()(const NothingNext& e) const {
    return {kPrefix + (e.source == Source::kNotifyNext ? "notify-next" : "$next/get/accepted"),
            Body(e.token, now_seconds).dump()};
  }
  jobs::Message operator()(const PendingChanged& e) const {
    json lists = json::object();
    for (const PendingEntry& entry : e.in_progress) lists["IN_PROGRESS"].push_back(EntryJson(entry));
    for (const PendingEntry& entry : e.queued) lists["QUEUED"].push_back(EntryJson(entry));
    json body = Body("", now_seconds);
    body["jobs"] = std::move(lists);
    return {kPrefix + "notify", body.dump()};
  }
  jobs::Message operator()(const Described& e) const {
    json body = Body(e.token, now_seconds);
    body["execution"] = ExecutionJson(e.execution, true);
    return {kPrefix + e.execution.id.job.value + "/get/accepted", body.dump()};
  }
  jobs::Message operator()(const DescribeRejected& e) const {
    return {kPrefix + e.job.value + "/get/rejected", RejectionJson(e.token, e.rejection, now_seconds).dump()};
  }
  jobs::Message operator()(const NextRejected& e) const {
    return {kPrefix + "$next/get/rejected", RejectionJson(e.token, e.rejection, now_seconds).dump()};
  }
  jobs::Message operator()(const UpdateAccepted& e) const {
    return {kPrefix + e.job.value + "/update/accepted", Body(e.token, now_seconds).dump()};
  }
  jobs::Message operator()(const UpdateRejected& e) const {
    return {kPrefix + e.job.value + "/update/rejected",
            RejectionJson(e.token, e.rejection, now_seconds).dump()};
  }
  template <typename Other>
  jobs::Message operator()(const Other&) const {
    std::abort();  // not something that a service sends
  }
};

Result<Request> ReadUpdate(const JobId& job, const json& body) {
  SendUpdate update;
  update.token = body.value("clientToken", "");
  update.execution.job = job;
  update.execution.number = body.at("executionNumber").get<int64_t>();
  const auto status = JobStatusFrom(body.at("status").get<std::string>());
  if (!status) return Unexpected{ErrorKind::kInvalid, "no such status"};
  update.status = *status;
  if (body.contains("expectedVersion")) update.expected_version = body["expectedVersion"].get<int64_t>();
  if (body.contains("statusDetails")) update.details = body["statusDetails"].get<DetailsMap>();
  if (body.contains("stepTimeoutInMinutes")) {
    update.step_timeout_minutes = body["stepTimeoutInMinutes"].get<int64_t>();
  }
  return Request(std::move(update));
}

Result<Request> Read(const std::string& topic, const json& body) {
  const std::string token = body.value("clientToken", "");
  if (topic == "$next/get") return Request(AskNext{token});
  const size_t slash = topic.find('/');
  if (slash == std::string::npos) return Unexpected{ErrorKind::kInvalid, "no such operation"};
  const JobId job{topic.substr(0, slash)};
  const std::string verb = topic.substr(slash + 1);
  if (verb == "update") return ReadUpdate(job, body);
  if (verb != "get") return Unexpected{ErrorKind::kInvalid, "no such operation"};
  return Request(Describe{
      token, {job, body.at("executionNumber").get<int64_t>(), 0}, body.at("includeJobDocument").get<bool>()});
}

}  // namespace

const jobs::Topics& SimTopics() {
  static const jobs::Topics kTopics = *jobs::Topics::For("sim");
  return kTopics;
}

jobs::Message WriteRequest(const Request& request) {
  return std::visit([](const auto& r) { return jobs::Encode(SimTopics(), r); }, request);
}

Result<Request> ReadRequest(const jobs::Message& message) {
  if (message.topic.rfind(kPrefix, 0) != 0) return Unexpected{ErrorKind::kInvalid, "another topic"};
  try {
    return Read(message.topic.substr(kPrefix.size()), json::parse(message.payload));
  } catch (const json::exception& e) {
    return Unexpected{ErrorKind::kInvalid, e.what()};
  }
}

jobs::Message WriteReply(const What& reply, int64_t now_seconds) {
  return std::visit(ReplyWriter{now_seconds}, reply);
}

Result<What> ReadReply(const jobs::Message& message) {
  auto incoming = jobs::Decode(SimTopics(), message.topic, message.payload);
  if (!incoming) return Unexpected(incoming.error());
  return std::visit([](auto& event) { return Result<What>(What(std::move(event))); }, *incoming);
}

}  // namespace kedge::sim
