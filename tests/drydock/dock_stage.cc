#include "dock_stage.h"

#include <doctest/doctest.h>

namespace kedge::drydock {

using nlohmann::json;

bool Recorder::Publish(const std::string& topic, const std::string& payload) {
  const std::lock_guard lock(mutex_);
  sent_.emplace_back(topic, payload);
  changed_.notify_all();
  return true;
}

std::string Recorder::Topics() {
  const std::lock_guard lock(mutex_);
  std::string topics;
  for (const auto& [topic, payload] : sent_) {
    const auto at = topic.find("/jobs/");
    topics += (at == std::string::npos ? topic : topic.substr(at + 6)) + " ";
  }
  sent_.clear();
  return topics;
}

std::string Recorder::Last() {
  const std::lock_guard lock(mutex_);
  return sent_.empty() ? "" : sent_.back().second;
}

bool Recorder::Wait(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return sent_.size() >= count; });
}

Stage::Stage() { REQUIRE(Http("POST", "/things/pi-1", "{}").status == 200); }

HttpReply Stage::Http(const std::string& method, const std::string& target, const std::string& body) {
  return dock.OnHttp({.method = method, .target = target, .body = body});
}

HttpReply Stage::DataPlane(const std::string& method, const std::string& target, const std::string& body) {
  const std::string scope = "AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/iot-jobs-data/aws4_request";
  return dock.OnHttp(
      {.method = method, .target = target, .headers = {{"authorization", scope}}, .body = body});
}

void Stage::Fault(const char* rule) {
  const HttpReply reply = Http("POST", "/drydock/faults", rule);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

void Stage::Job(const std::string& id) {
  const json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}}, {"document", "{}"}};
  REQUIRE(Http("PUT", "/jobs/" + id, body.dump()).status == 200);
}

std::string Stage::Ask(const std::string& operation, std::string payload) {
  outlet.Topics();
  dock.OnMessage("$aws/things/pi-1/jobs/" + operation, std::move(payload));
  last = outlet.Last();
  return outlet.Topics();
}

std::vector<json> Stage::Entries(uint64_t after, const std::string& more) {
  const HttpReply reply = Http("GET", "/drydock/history?after=" + std::to_string(after) + more);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  std::vector<json> entries;
  std::istringstream lines(reply.body);
  for (std::string line; std::getline(lines, line);) entries.push_back(json::parse(line));
  return entries;
}

std::string Stage::Kinds(uint64_t after) {
  std::string kinds;
  for (const json& entry : Entries(after)) kinds += entry["kind"].get<std::string>() + " ";
  return kinds;
}

}  // namespace kedge::drydock
