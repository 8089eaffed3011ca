#include "scene.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace kedge::drydock {

using nlohmann::json;

namespace {

const std::string kJobs = "$aws/things/pi-1/jobs/";

Trace Line(const std::string& topic, const std::string& payload) {
  return topic + " " + json::parse(payload).dump() + "\n";
}

Trace Line(const Publication& publication) {
  return Line(publication.topic.substr(kJobs.size()), publication.payload);
}

}  // namespace

Trace Said(std::initializer_list<std::pair<std::string, std::string>> messages) {
  Trace trace;
  for (const auto& [topic, payload] : messages) trace += Line(topic, payload);
  return trace;
}

namespace {

bool Same(const Record& a, const Record& b) {
  return a.kind == b.kind && a.id == b.id && a.body == b.body && a.bytes == b.bytes;
}

}  // namespace

Scene::Scene(Readings readings)
    : readings_(readings), life_(std::in_place, Account(), readings), service(*life_) {
  REQUIRE(service.control().CreateThing("pi-1", json::object()));
  Keep();
}

void Scene::Keep() {
  for (Record& record : service.TakeChanges()) {
    const auto key = std::pair{record.kind, record.id};
    if (record.body) {
      kept_.insert_or_assign(key, std::move(record));
    } else {
      kept_.erase(key);
    }
  }
  Records kept;
  for (const auto& [key, record] : kept_) kept.push_back(record);
  Service again(Account(), readings_);
  again.Load(kept);
  const Records now_there = service.Snapshot();
  const Records then_there = again.Snapshot();
  CHECK(std::equal(kept.begin(), kept.end(), now_there.begin(), now_there.end(), Same));
  CHECK(std::equal(kept.begin(), kept.end(), then_there.begin(), then_there.end(), Same));
  CHECK(service.NextDeadline() == again.NextDeadline());
}

void Scene::Restart() {
  Keep();
  Records kept;
  for (const auto& [key, record] : kept_) kept.push_back(record);
  life_.emplace(Account(), readings_);
  service.Load(kept);
}

Trace Scene::Device(const std::string& topic, const std::string& payload) {
  const auto request = ParseRequest(kJobs + topic, payload);
  REQUIRE(request);
  const Publication reply = Answer(service, *request, now);
  Keep();
  return Line(reply) + Events();
}

json Scene::Ask(const std::string& topic, const std::string& payload) {
  const auto request = ParseRequest(kJobs + topic, payload);
  REQUIRE(request);
  const Publication reply = Answer(service, *request, now);
  Keep();
  return json::parse(reply.payload);
}

HttpReply Scene::Operator(const std::string& method, const std::string& target, const std::string& body) {
  const HttpReply reply = AnswerRest(service, {.data = "broker:8883", .jobs = "127.0.0.1:8080"},
                                     {.method = method, .target = target, .body = body}, now);
  Keep();
  return reply;
}

HttpReply Scene::DataPlane(const std::string& method, const std::string& target, const std::string& body) {
  const std::string scope =
      "AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/iot-jobs-data/aws4_request, Signature=y";
  const HttpReply reply = AnswerRest(
      service, {}, {.method = method, .target = target, .headers = {{"authorization", scope}}, .body = body},
      now);
  Keep();
  return reply;
}

void Scene::CreateJob(const std::string& id, const json& more) {
  json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}},
               {"document", json{{"job", id}}.dump()}};
  body.update(more);
  const HttpReply reply = Operator("PUT", "/jobs/" + id, body.dump());
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

json Scene::Execution(const std::string& job_id) {
  const HttpReply reply = Operator("GET", "/things/pi-1/jobs/" + job_id);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body)["execution"];
}

json Scene::Job(const std::string& job_id) {
  const HttpReply reply = Operator("GET", "/jobs/" + job_id);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body)["job"];
}

void Scene::Pass(std::chrono::milliseconds time) {
  now += time;
  service.Tick(now);
  Keep();
}

Trace Scene::Events() {
  Trace trace;
  for (const Event& event : service.TakeEvents()) {
    if (event.thing == "pi-1") trace += Line(Publish(event));
  }
  return trace;
}

}  // namespace kedge::drydock
