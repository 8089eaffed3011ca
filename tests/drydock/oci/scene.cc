#include "oci/scene.h"

#include <doctest/doctest.h>

namespace kedge::drydock::oci {

using nlohmann::json;

OciScene::OciScene(Settings settings)
    : manager(std::make_unique<ResourceManager>(service, settings)), settings_(std::move(settings)) {
  REQUIRE(service.control().CreateThing("pi-1", json::object()));
  if (!settings_.verify) stack = CreateStack();
}

HttpReply OciScene::Call(const std::string& method, const std::string& path, const json& body,
                         const Headers& headers) {
  const HttpReply reply = manager->Answer({.method = method,
                                           .target = "/20180917" + path,
                                           .headers = headers,
                                           .body = body.is_null() ? "" : body.dump()},
                                          now);
  KeepChanges();
  return reply;
}

json OciScene::Get(const std::string& path, int status) {
  const HttpReply reply = Call("GET", path);
  REQUIRE_MESSAGE(reply.status == status, reply.body);
  return json::parse(reply.body);
}

std::string OciScene::Outcome(const HttpReply& reply) {
  const std::string status = std::to_string(reply.status);
  return reply.status < 400 ? status : status + " " + json::parse(reply.body)["code"].get<std::string>();
}

std::string OciScene::CreateStack(const json& more) {
  json body = {{"compartmentId", "ocid1.compartment.oc1..c"},
               {"configSource", {{"configSourceType", "ZIP_UPLOAD"}, {"zipFileBase64Encoded", "UEs="}}},
               {"variables", {{"thing", "pi-1"}, {"document", R"({"steps":[1]})"}}}};
  body.update(more);
  const HttpReply reply = Call("POST", "/stacks", body);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body)["id"];
}

std::string OciScene::CreateJob(const std::string& of) {
  const HttpReply reply =
      Call("POST", "/jobs", {{"stackId", of.empty() ? stack : of}, {"operation", "APPLY"}});
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body)["id"];
}

std::string OciScene::Cancel(const std::string& job, bool forced) {
  return Outcome(Call("DELETE", "/jobs/" + job + "?isForced=" + (forced ? "true" : "false")));
}

std::string OciScene::Etag(const std::string& job) {
  const HttpReply reply = Call("GET", "/jobs/" + job);
  REQUIRE(reply.status == 200);
  return reply.headers.at("etag");
}

std::string OciScene::Log(const std::string& job) {
  std::string text;
  for (const json& line : Get("/jobs/" + job + "/logs?limit=1000")) {
    text += line["level"].get<std::string>() + " " + line["message"].get<std::string>() + "\n";
  }
  return text;
}

bool OciScene::Update(const std::string& job, const std::string& status, const json& details) {
  json body = {{"status", status}};
  if (!details.empty()) body["statusDetails"] = details;
  const auto request = ParseRequest("$aws/things/pi-1/jobs/" + ExecutionId(job) + "/update", body.dump());
  REQUIRE(request);
  const Publication reply = drydock::Answer(service, *request, now);
  manager->Observe(now);
  KeepChanges();
  return reply.topic.ends_with("/accepted");
}

void OciScene::Rest(const std::string& job, const std::string& verdict, const json& more) {
  json message = {{"thing", "pi-1"},
                  {"state", "idle"},
                  {"last", {{"jobId", ExecutionId(job)}, {"executionNumber", 1}, {"status", "CANCELED"}}}};
  if (!verdict.empty()) message["last"]["verdict"] = verdict;
  message.update(more);
  Say("state", message);
}

void OciScene::Say(const std::string& subject, const json& message) {
  manager->OnMessage("kedge/things/pi-1/" + subject, message.dump(), now);
  KeepChanges();
}

std::vector<json> OciScene::Requests() {
  std::vector<json> requests;
  for (const Publication& publication : manager->TakePublications()) {
    CHECK(publication.topic == "kedge/things/pi-1/cancel");
    requests.push_back(json::parse(publication.payload));
  }
  return requests;
}

void OciScene::Pass(std::chrono::milliseconds time) {
  now += time;
  service.Tick(now);
  manager->Observe(now);
  KeepChanges();
}

void OciScene::Restart() {
  manager = std::make_unique<ResourceManager>(service, settings_);
  for (const auto& [key, record] : store_) manager->Load(record);
}

void OciScene::KeepChanges() {
  for (Record& record : manager->TakeChanges()) store_[{record.kind, record.id}] = std::move(record);
}

}  // namespace kedge::drydock::oci
