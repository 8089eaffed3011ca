// Jobs over REST: what create-job keeps, and what update-job, associate-targets-with-job and the lists do.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kThing = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";
constexpr const char* kGroup = "arn:aws:iot:us-east-1:000000000000:thinggroup/g";

std::string Ids(Scene& scene, const std::string& query, const char* list = "jobs") {
  const HttpReply reply = scene.Operator("GET", query);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  std::string ids;
  const json page = json::parse(reply.body);
  for (const json& entry : page[list]) ids += entry["jobId"].get<std::string>() + " ";
  return ids;
}

void Do(Scene& scene, const std::string& method, const std::string& target,
        const json& body = json::object()) {
  const HttpReply reply = scene.Operator(method, target, body.dump());
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

TEST_CASE("describe-job gives back every configuration, and has all that AWS's object has") {
  Scene scene;
  const json given = R"({"description":"d","timeoutConfig":{"inProgressTimeoutInMinutes":7},
    "jobExecutionsRolloutConfig":{"maximumPerMinute":9},
    "abortConfig":{"criteriaList":[{"failureType":"FAILED","action":"CANCEL","thresholdPercentage":10.99,
      "minNumberOfExecutedThings":3}]},
    "jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"ALL","numberOfRetries":2}]},
    "schedulingConfig":{"startTime":"2026-09-01 10:00","endTime":"2026-09-02 10:00","endBehavior":"FORCE_CANCEL"},
    "presignedUrlConfig":{"roleArn":"arn:aws:iam::1:role/some"}})"_json;
  scene.CreateJob("j", given);
  const json job = scene.Job("j");
  for (const auto& [name, value] : given.items()) CHECK(job[name] == value);
  CHECK(job["status"] == "SCHEDULED");
  CHECK(job["jobProcessDetails"]["processingTargets"].is_array());
  CHECK(job["isConcurrent"] == false);
  CHECK(job["targets"] == json::array({kThing}));
  scene.CreateJob("bare");
  CHECK(scene.Job("bare")["presignedUrlConfig"] == json::object());
  CHECK(scene.Job("bare")["timeoutConfig"] == json::object());
  CHECK_FALSE(scene.Job("bare").contains("abortConfig"));
}

TEST_CASE("a schedule read from create-job starts the job and ends it") {
  Scene scene;  // 2026-08-17 20:53:20
  scene.CreateJob("j", R"({"schedulingConfig":{"startTime":"2026-08-17 21:24","endTime":"2026-08-17 21:54",
                          "endBehavior":"CANCEL"}})"_json);
  scene.Pass(std::chrono::minutes(30));
  CHECK(scene.Job("j")["status"] == "SCHEDULED");
  scene.Pass(std::chrono::minutes(1));
  CHECK(scene.Job("j")["status"] == "IN_PROGRESS");
  scene.Pass(std::chrono::minutes(30));
  CHECK(scene.Job("j")["status"] == "CANCELED");
}

TEST_CASE("abort criteria and retries read from create-job work") {
  Scene scene;
  scene.CreateJob("retried", R"({"jobExecutionsRetryConfig":{"criteriaList":[
                                  {"failureType":"FAILED","numberOfRetries":1}]}})"_json);
  scene.Device("retried/update", R"({"status":"FAILED"})");
  CHECK(scene.Execution("retried")["executionNumber"] == 2);

  Do(scene, "POST", "/things/pi-2");
  json body = R"({"document":"{}","abortConfig":{"criteriaList":[{"failureType":"REJECTED","action":"CANCEL",
                  "thresholdPercentage":50,"minNumberOfExecutedThings":1}]}})"_json;
  body["targets"] = {kThing, "arn:aws:iot:us-east-1:000000000000:thing/pi-2"};
  Do(scene, "PUT", "/jobs/aborted", body);
  scene.Device("aborted/update", R"({"status":"REJECTED"})");
  CHECK(scene.Job("aborted")["status"] == "CANCELED");
}

TEST_CASE("update-job changes what it names and leaves the rest") {
  Scene scene;
  scene.CreateJob("j", R"({"description":"old","timeoutConfig":{"inProgressTimeoutInMinutes":10}})"_json);
  CHECK(scene.Operator("PATCH", "/jobs/j", R"({"description":"new"})").body.empty());
  CHECK(scene.Job("j")["description"] == "new");
  CHECK(scene.Job("j")["timeoutConfig"]["inProgressTimeoutInMinutes"] == 10);
  Do(scene, "PATCH", "/jobs/j", R"({"timeoutConfig":{"inProgressTimeoutInMinutes":1}})"_json);
  scene.Device("start-next");
  scene.Pass(std::chrono::minutes(2));
  CHECK(scene.Execution("j")["status"] == "TIMED_OUT");
  CHECK(scene.Operator("PATCH", "/jobs/j", "{}").error_type == "InvalidRequestException");  // it is over
}

TEST_CASE("a continuous job gets further targets, at most a hundred in all") {
  Scene scene;
  Do(scene, "POST", "/things/pi-2");
  Do(scene, "POST", "/thing-groups/g");
  scene.CreateJob("j", {{"targetSelection", "CONTINUOUS"}});
  const HttpReply reply = scene.Operator(
      "POST", "/jobs/j/targets",
      json({{"targets", {kGroup, "arn:aws:iot:us-east-1:000000000000:thing/pi-2"}}, {"comment", "more"}})
          .dump());
  CHECK(json::parse(reply.body)["jobId"] == "j");
  CHECK(scene.Job("j")["targets"].size() == 3);
  CHECK(scene.Job("j")["comment"] == "more");
  CHECK(scene.Job("j")["jobProcessDetails"]["numberOfQueuedThings"] == 2);
  json many = json::array();
  for (int i = 0; i < 98; ++i) {
    Do(scene, "POST", "/things/t" + std::to_string(i));
    many.push_back("arn:aws:iot:us-east-1:000000000000:thing/t" + std::to_string(i));
  }
  const HttpReply full = scene.Operator("POST", "/jobs/j/targets", json({{"targets", many}}).dump());
  CHECK(full.status == 410);
  CHECK(full.error_type == "LimitExceededException");
}

TEST_CASE("jobs are listed newest first, by status, selection and group") {
  Scene scene;
  Do(scene, "POST", "/thing-groups/g");
  scene.CreateJob("one");
  scene.now += std::chrono::seconds(1);
  scene.CreateJob("two", {{"targetSelection", "CONTINUOUS"}, {"targets", {kGroup}}});
  scene.now += std::chrono::seconds(1);
  scene.CreateJob("three", {{"targets", {kGroup, kThing}}});
  Do(scene, "PUT", "/jobs/one/cancel");
  CHECK(Ids(scene, "/jobs") == "three two one ");
  CHECK(Ids(scene, "/jobs?status=CANCELED") == "one ");
  CHECK(Ids(scene, "/jobs?status=SCHEDULED").empty());
  CHECK(Ids(scene, "/jobs?targetSelection=CONTINUOUS") == "two ");
  CHECK(Ids(scene, "/jobs?thingGroupName=g") == "three two ");
  const std::string id = json::parse(scene.Operator("GET", "/thing-groups/g").body)["thingGroupId"];
  CHECK(Ids(scene, "/jobs?thingGroupId=" + id + "&status=IN_PROGRESS&targetSelection=SNAPSHOT") == "three ");
  CHECK(json::parse(scene.Operator("GET", "/jobs?thingGroupName=g").body)["jobs"][0]["thingGroupId"] == id);
  CHECK(Ids(scene, "/things/pi-1/jobs", "executionSummaries") == "three one ");
  CHECK(Ids(scene, "/things/pi-1/jobs?status=CANCELED", "executionSummaries") == "one ");
  CHECK(Ids(scene, "/things/pi-1/jobs?jobId=three&status=QUEUED", "executionSummaries") == "three ");
  CHECK(Ids(scene, "/things/pi-1/jobs?jobId=two", "executionSummaries").empty());
}

TEST_CASE("force is heard in the query and in the body, and the query has the last word") {
  const auto cancelled = [](const std::string& query, const std::string& body) {
    Scene scene;
    scene.CreateJob("j");
    scene.Device("start-next");
    scene.Operator("PUT", "/things/pi-1/jobs/j/cancel" + query, body);
    return scene.Execution("j")["status"] == "CANCELED";
  };
  CHECK(cancelled("?force=true", ""));
  CHECK(cancelled("", R"({"force":true})"));
  CHECK(cancelled("?force=true", R"({"force":false})"));
  CHECK_FALSE(cancelled("?force=false", R"({"force":true})"));
  CHECK_FALSE(cancelled("", ""));
}

TEST_CASE("line feeds and tabs in details are let in where the readings say so, on every way in") {
  Scene scene(Readings{.line_feeds_in_details = true});
  scene.CreateJob("j");
  const std::string details = R"({"statusDetails":{"k":"a\n\tb"}})";
  CHECK_FALSE(scene.Ask("start-next", details).contains("code"));
  const std::string update = R"({"status":"IN_PROGRESS","statusDetails":{"k":"a\n\tb"}})";
  CHECK_FALSE(scene.Ask("j/update", update).contains("code"));
  CHECK(scene.DataPlane("POST", "/things/pi-1/jobs/j", update).status == 200);
  CHECK(scene.DataPlane("PUT", "/things/pi-1/jobs/$next", details).status == 200);
  CHECK(scene.Ask("j/update", R"({"status":"IN_PROGRESS","statusDetails":{"k":"a\rb"}})")["code"] ==
        "InvalidRequest");
  CHECK(scene.Operator("PUT", "/things/pi-1/jobs/j/cancel?force=true", details).status == 200);
  CHECK(scene.Execution("j")["statusDetails"]["detailsMap"]["k"] == "a\n\tb");
}

}  // namespace
}  // namespace kedge::drydock
