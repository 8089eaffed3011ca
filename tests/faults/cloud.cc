#include "faults/cloud.h"

#include <stdexcept>

#include "mqtt_api.h"

namespace kedge::faults {
namespace {

using nlohmann::json;

const std::string kStateTopic = std::string("kedge/things/") + Cloud::kThing + "/state";

drydock::Instant Now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

Cloud::Cloud(const json& document) {
  if (!service_.control().CreateThing(kThing, json::object())) throw std::runtime_error("no thing");
  drydock::Job job;
  job.id = kJob;
  job.targets = {service_.control().account().Arn("thing", kThing)};
  job.document = document.dump();
  if (!service_.control().CreateJob(std::move(job), Now())) throw std::runtime_error("no job");
  service_.TakeEvents();  // nobody is connected yet
}

std::vector<Mail> Cloud::Receive(const std::string& topic, const std::string& payload) {
  if (topic == kStateTopic) {
    state_ = json::parse(payload);
    heard_state_ = IsOver();  // what it says before that tells nothing of what comes after it
    heard_any_ = true;
    return {};
  }
  service_.Tick(Now());
  const auto request = drydock::ParseRequest(topic, payload);
  if (!request) return {};
  const drydock::Publication reply = drydock::Answer(service_, *request, Now());
  if (request->operation == drydock::Operation::kDescribeNext) {
    told_of_none_ = reply.topic.ends_with("/accepted") && !json::parse(reply.payload).contains("execution");
  }
  std::vector<Mail> mail = {{reply.topic, reply.payload}};
  for (Mail& event : Events()) mail.push_back(std::move(event));
  return mail;
}

std::vector<Mail> Cloud::Cancel() {
  if (Status() != "IN_PROGRESS") return {};
  drydock::CancelExecutionRequest request;
  request.force = true;
  if (!service_.control().CancelExecution(kThing, kJob, request, Now())) {
    throw std::runtime_error("the service refuses to cancel");
  }
  return Events();
}

std::vector<Mail> Cloud::Events() {
  std::vector<Mail> mail;
  for (const drydock::Event& event : service_.TakeEvents()) {
    const drydock::Publication publication = drydock::Publish(event);
    mail.push_back({publication.topic, publication.payload});
  }
  return mail;
}

const drydock::Execution& Cloud::execution() {
  const auto found = service_.control().DescribeExecution(kThing, kJob, std::nullopt);
  if (!found) throw std::runtime_error("the service has lost the execution");
  return **found;
}

bool Cloud::says_at_rest() const {
  const std::string state = state_.value("state", "");
  return heard_state_ && (state == "idle" || state == "quarantined");
}

bool Cloud::says_quarantined() const { return heard_any_ && state_.value("state", "") == "quarantined"; }

std::string Cloud::Status() { return std::string(drydock::ToString(execution().status)); }

bool Cloud::IsOver() { return drydock::IsTerminal(execution().status); }

}  // namespace kedge::faults
