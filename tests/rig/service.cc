#include "rig/service.h"

#include <httplib.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "rig/files.h"

namespace kedge::rig {
namespace {

std::string Credential(const std::string& plane) {
  return "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/" + plane +
         "/aws4_request, SignedHeaders=host, Signature=x";
}

std::string CancelTarget(const std::string& execution, const Cancel& cancel) {
  return execution + "/cancel?force=" + (cancel.force ? "true" : "false");
}

}  // namespace

Service::Service(int port, std::string thing)
    : thing_(std::move(thing)), http_(std::make_unique<httplib::Client>("127.0.0.1", port)) {
  // A connection a call: drydock closes an idle one after a second, and a call that meets just that moment would
  // fail without drydock having heard it.
  http_->set_keep_alive(false);
  http_->set_tcp_nodelay(true);
  http_->set_read_timeout(30, 0);
}

Service::~Service() = default;

Service::Reply Service::Call(const std::string& method, const std::string& target, const std::string& body,
                             const std::string& plane) {
  const httplib::Headers headers = {{"Authorization", Credential(plane)}};
  const char* type = "application/json";
  httplib::Result result = method == "GET"      ? http_->Get(target, headers)
                           : method == "DELETE" ? http_->Delete(target, headers)
                           : method == "PUT"    ? http_->Put(target, headers, body, type)
                                                : http_->Post(target, headers, body, type);
  if (!result) {
    throw std::runtime_error("drydock does not answer " + method + " " + target + ": " +
                             httplib::to_string(result.error()));
  }
  return {result->status, result->body};
}

json Service::Must(const std::string& method, const std::string& target, const std::string& body) {
  const Reply reply = Call(method, target, body);
  if (!reply.good()) throw std::runtime_error("drydock refuses " + method + " " + target + ": " + reply.body);
  return json::parse(reply.body, nullptr, false);
}

void Service::CreateThing() { Must("POST", "/things/" + thing_, "{}"); }

void Service::CreateJob(const std::string& job, const std::string& document, const json& more) {
  json body = more;
  body["targets"] = {"arn:aws:iot:us-east-1:000000000000:thing/" + thing_};
  body["document"] = document;
  Must("PUT", "/jobs/" + job, body.dump());
}

void Service::CreateRawJob(const std::string& job, const std::string& document) {
  Must("PUT", "/drydock/jobs/" + job + "?thing=" + thing_, document);
}

json Service::Execution(const std::string& job) {
  const Reply reply = Call("GET", "/things/" + thing_ + "/jobs/" + job, "");
  return reply.good() ? json::parse(reply.body)["execution"] : json();
}

std::string Service::Status(const std::string& job) {
  const json execution = Execution(job);
  return execution.is_null() ? "" : execution["status"].get<std::string>();
}

json Service::Details(const std::string& job) {
  const json execution = Execution(job);
  const json none = json::object();
  return execution.is_null() ? none : execution.value("statusDetails", none).value("detailsMap", none);
}

std::string Service::Detail(const std::string& job, const std::string& name) {
  return Details(job).value(name, "");
}

int64_t Service::Version(const std::string& job) {
  const json execution = Execution(job);
  return execution.is_null() ? 0 : execution["versionNumber"].get<int64_t>();
}

json Service::Executions(const std::string& status) {
  const std::string query = status.empty() ? "" : "?status=" + status;
  return Must("GET", "/things/" + thing_ + "/jobs" + query)["executionSummaries"];
}

bool Service::CancelExecution(const std::string& job, const Cancel& cancel) {
  json body = json::object();
  if (cancel.expected_version) body["expectedVersion"] = *cancel.expected_version;
  if (!cancel.details.is_null()) body["statusDetails"] = cancel.details;
  return Call("PUT", CancelTarget("/things/" + thing_ + "/jobs/" + job, cancel), body.dump()).good();
}

bool Service::UpdateExecution(const std::string& job, const json& update) {
  return Call("POST", "/things/" + thing_ + "/jobs/" + job, update.dump(), "iot-jobs-data").good();
}

int64_t Service::AddFault(const json& rule) { return Must("POST", "/drydock/faults", rule.dump())["id"]; }

void Service::ClearFaults() { Must("DELETE", "/drydock/faults"); }

void Service::Publish(const std::string& topic, const std::string& payload) {
  const json body = {{"topic", topic}, {"payload", payload}};
  Must("POST", "/drydock/publish", body.dump());
}

std::vector<Entry> Service::History(int64_t after) {
  const Reply reply = Call("GET", "/drydock/history?after=" + std::to_string(after), "");
  if (!reply.good()) throw std::runtime_error("drydock does not tell its history: " + reply.body);
  std::vector<Entry> entries;
  for (const std::string& line : Lines(reply.body)) {
    const json entry = json::parse(line);
    entries.push_back(
        {entry["n"], entry["at"], entry["kind"], entry.value("topic", ""), entry.value("payload", "")});
  }
  return entries;
}

std::vector<json> Service::Updates(const std::string& job) {
  std::vector<json> updates;
  for (const Entry& entry : History()) {
    if (entry.kind == "mqtt-in" && entry.topic == Topic(job + "/update")) updates.push_back(entry.Body());
  }
  return updates;
}

std::vector<std::string> Service::Statuses(const std::string& job) {
  std::vector<std::string> statuses;
  for (const json& update : Updates(job)) statuses.push_back(update["status"]);
  return statuses;
}

// An answer has the token of its request.
int Service::Accepted(const std::string& job, const std::string& status) {
  std::vector<std::string> tokens;
  int accepted = 0;
  for (const Entry& entry : History()) {
    const json body = entry.Body();
    if (entry.kind == "mqtt-in" && entry.topic == Topic(job + "/update") &&
        body.value("status", "") == status) {
      tokens.push_back(body.value("clientToken", ""));
    }
    const bool answer = entry.kind == "mqtt-out" || entry.kind == "fault";
    if (answer && entry.topic == Topic(job + "/update/accepted") &&
        std::find(tokens.begin(), tokens.end(), body.value("clientToken", "")) != tokens.end()) {
      ++accepted;
    }
  }
  return accepted;
}

int Service::Requests(const std::string& topic) {
  int requests = 0;
  for (const Entry& entry : History()) {
    if (entry.kind == "mqtt-in" && entry.topic == Topic(topic)) ++requests;
  }
  return requests;
}

}  // namespace kedge::rig
