// AWS's REST API (reference aws-iot-jobs.md, 6): routes, planes, pages, and the checks that the CLI leaves to
// the server.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kArn = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";

json JobBody() { return {{"targets", {kArn}}, {"document", R"({"version":"1.0","steps":[]})"}}; }

TEST_CASE("one path, two planes: the signature's service decides") {
  Scene scene;
  scene.CreateJob("j");
  CHECK(json::parse(scene.Operator("GET", "/things/pi-1/jobs").body).contains("executionSummaries"));
  CHECK(json::parse(scene.DataPlane("GET", "/things/pi-1/jobs").body).contains("queuedJobs"));
  const json control = json::parse(scene.Operator("GET", "/things/pi-1/jobs/j").body)["execution"];
  const json data = json::parse(scene.DataPlane("GET", "/things/pi-1/jobs/j").body)["execution"];
  CHECK(control["statusDetails"] == R"({"detailsMap":{}})"_json);
  CHECK_FALSE(control.contains("jobDocument"));
  CHECK(data["jobDocument"] == R"({"job":"j"})");
}

TEST_CASE("the plane is the service in the scope of the signature, and nothing else") {
  const auto is_data = [](const std::string& authorization) {
    return IsForDataPlane({.method = "GET", .target = "/", .headers = {{"authorization", authorization}}});
  };
  const auto signed_for = [](const std::string& service) {
    return "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/" + service +
           "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
  };
  CHECK(is_data(signed_for("iot-jobs-data")));
  for (const std::string& other :
       {signed_for("execute-api"), signed_for("iot"), signed_for("iot-jobs-data-too"), std::string(),
        std::string("Credential="), std::string("Credential=iot-jobs-data"),
        std::string("Bearer a/b/c/iot-jobs-data/d"),
        std::string("AWS4-HMAC-SHA256 Credential=AKID/iot-jobs-data/us-east-1/iot/aws4_request")}) {
    CAPTURE(other);
    CHECK_FALSE(is_data(other));
  }
}

TEST_CASE("the data plane over HTTP does what MQTT does, and devices hear of it") {
  Scene scene;
  scene.CreateJob("j");
  scene.Events();
  CHECK(json::parse(scene.DataPlane("GET", "/things/pi-1/jobs/%24next?includeJobDocument=false")
                        .body)["execution"]["jobId"] == "j");
  CHECK(json::parse(scene.DataPlane("PUT", "/things/pi-1/jobs/$next", "{}").body)["execution"]["status"] ==
        "IN_PROGRESS");
  CHECK(json::parse(scene
                        .DataPlane("POST", "/things/pi-1/jobs/j",
                                   R"({"status":"SUCCEEDED","includeJobExecutionState":true})")
                        .body) == R"({"executionState":{"status":"SUCCEEDED","versionNumber":3}})"_json);
  CHECK(scene.Events() == Said({{"notify", R"({"timestamp":1787000000,"jobs":{}})"},
                                {"notify-next", R"({"timestamp":1787000000})"}}));
  CHECK(scene.DataPlane("GET", "/things/pi-1/jobs/$next").body == "{}");
  const HttpReply ended = scene.DataPlane("GET", "/things/pi-1/jobs/j");
  CHECK(ended.status == 410);
  CHECK(ended.error_type == "TerminalStateException");
  CHECK(scene.DataPlane("POST", "/things/pi-1/jobs/j", R"({"status":"FAILED"})").error_type ==
        "InvalidStateTransitionException");
  CHECK(scene.DataPlane("POST", "/things/pi-1/jobs/k", R"({"status":"FAILED"})").status == 404);
}

TEST_CASE("a refusal has the exception and the status that its plane has for it") {
  const auto told = [](RefusalCode code, bool data_plane) {
    const HttpReply reply = ErrorReply({.code = code, .message = "why"}, data_plane);
    CHECK(reply.body == R"({"message":"why"})");
    return std::to_string(reply.status) + " " + reply.error_type;
  };
  using enum RefusalCode;
  for (const bool data_plane : {false, true}) {
    CHECK(told(kInvalidRequest, data_plane) == "400 InvalidRequestException");
    CHECK(told(kInvalidJson, data_plane) == "400 InvalidRequestException");
    CHECK(told(kResourceNotFound, data_plane) == "404 ResourceNotFoundException");
    CHECK(told(kInvalidStateTransition, data_plane) == "409 InvalidStateTransitionException");
  }
  CHECK(told(kVersionMismatch, false) == "409 VersionConflictException");
  CHECK(told(kVersionMismatch, true) == "409 InvalidStateTransitionException");
  CHECK(told(kRequestThrottled, false) == "400 ThrottlingException");
  CHECK(told(kRequestThrottled, true) == "429 ThrottlingException");
  CHECK(told(kInternalError, false) == "500 InternalFailureException");
  CHECK(told(kInternalError, true) == "503 ServiceUnavailableException");
  CHECK(told(kResourceAlreadyExists, false) == "409 ResourceAlreadyExistsException");
  CHECK(told(kLimitExceeded, false) == "410 LimitExceededException");
  CHECK(told(kTerminalStateReached, true) == "410 TerminalStateException");
}

TEST_CASE("create-thing: the same again is the same, otherwise a conflict") {
  Scene scene;
  const HttpReply first =
      scene.Operator("POST", "/things/a%3Ab", R"({"attributePayload":{"attributes":{"x":"1"}}})");
  CHECK(first.status == 200);
  CHECK(json::parse(first.body)["thingArn"] == "arn:aws:iot:us-east-1:000000000000:thing/a:b");
  CHECK(scene.Operator("POST", "/things/a%3Ab", R"({"attributePayload":{"attributes":{"x":"1"}}})").body ==
        first.body);
  const HttpReply other = scene.Operator("POST", "/things/a%3Ab", "{}");
  CHECK(other.status == 409);
  CHECK(other.error_type == "ResourceAlreadyExistsException");
  CHECK(json::parse(other.body)["resourceId"] == "a:b");
  CHECK(scene.Operator("POST", "/things/a%2Fb", "{}").error_type == "InvalidRequestException");
}

TEST_CASE("create-job refuses each wrong member by name, and creates nothing") {
  Scene scene;
  const auto refused = [&](const char* member, const json& value,
                           const std::string& type = "InvalidRequestException") {
    CAPTURE(member);
    json body = JobBody();
    body[member] = value;
    const HttpReply reply = scene.Operator("PUT", "/jobs/j", body.dump());
    CHECK(reply.error_type == type);
    CHECK(scene.Operator("GET", "/jobs/j").status == 404);
    CHECK(scene.Events().empty());
    return json::parse(reply.body)["message"].get<std::string>();
  };
  CHECK(refused("document", "{not json").find("document") != std::string::npos);
  refused("document", "[1]");
  refused("document", "");
  refused("document", nullptr);
  refused("document", json::object());
  refused("document", "{\"x\":\"" + std::string(32768, 'x') + "\"}");
  refused("targets", nullptr);
  refused("targets", json::array());
  refused("targets", kArn);
  refused("targets", {7});
  refused("targets", {"pi-1"});
  refused("targets", std::vector<std::string>(101, kArn));
  refused("targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-9"}, "ResourceNotFoundException");
  refused("targets", {"arn:aws:iot:us-east-1:000000000000:thinggroup/g"}, "ResourceNotFoundException");
  refused("timeoutConfig", {{"inProgressTimeoutInMinutes", 0}});
  refused("timeoutConfig", {{"inProgressTimeoutInMinutes", 10081}});
  refused("timeoutConfig", 5);
  refused("description", "two\nlines");
  refused("description", std::string(2029, 'd'));
  refused("targetSelection", "SOME");
  refused("jobExecutionsRetryConfig", json::object());
  refused("jobExecutionsRetryConfig",
          {{"criteriaList", {{{"failureType", "FAILED"}, {"numberOfRetries", 11}}}}});
  CHECK(refused("abortConfig", json::object()).find("abortConfig") != std::string::npos);
  CHECK(scene.Operator("PUT", "/jobs/a%20b", JobBody().dump()).error_type == "InvalidRequestException");
  CHECK(scene.Operator("PUT", "/jobs/j", "{").error_type == "InvalidRequestException");
  CHECK(scene.Operator("PUT", "/jobs/j", "[]").error_type == "InvalidRequestException");
}

TEST_CASE("a document of exactly 32768 bytes is taken, and given back as it was") {
  Scene scene;
  const std::string document = "{\"x\":\"" + std::string(32768 - 8, 'x') + "\"}";
  REQUIRE(document.size() == 32768);
  json body = JobBody();
  body["document"] = document;
  CHECK(scene.Operator("PUT", "/jobs/j", body.dump()).status == 200);
  CHECK(json::parse(scene.Operator("GET", "/jobs/j/job-document").body)["document"] == document);
}

TEST_CASE("describe-job shows what create-job was given, and counts the executions") {
  Scene scene;
  REQUIRE(scene.Operator("POST", "/things/pi-2", "{}").status == 200);
  json body = JobBody();
  body["targets"] = {kArn, "arn:aws:iot:us-east-1:000000000000:thing/pi-2", kArn};
  body["description"] = "a job";
  body["timeoutConfig"] = {{"inProgressTimeoutInMinutes", 5}};
  scene.now += std::chrono::milliseconds(123);
  CHECK(json::parse(scene.Operator("PUT", "/jobs/j", body.dump()).body) ==
        R"({"jobArn":"arn:aws:iot:us-east-1:000000000000:job/j","jobId":"j","description":"a job"})"_json);
  CHECK(scene.Operator("PUT", "/jobs/j", body.dump()).error_type == "ResourceAlreadyExistsException");
  scene.Device("start-next");
  const json job = scene.Job("j");
  CHECK(job["status"] == "IN_PROGRESS");
  CHECK(job["createdAt"] == 1787000000.123);
  CHECK(job["timeoutConfig"]["inProgressTimeoutInMinutes"] == 5);
  CHECK(job["description"] == "a job");
  CHECK(job["jobProcessDetails"]["numberOfQueuedThings"] == 1);
  CHECK(job["jobProcessDetails"]["numberOfInProgressThings"] == 1);
  const json executions =
      json::parse(scene.Operator("GET", "/jobs/j/things?status=QUEUED").body)["executionSummaries"];
  REQUIRE(executions.size() == 1);
  CHECK(executions[0]["thingArn"] == "arn:aws:iot:us-east-1:000000000000:thing/pi-2");
}

TEST_CASE("lists come in pages that end") {
  Scene scene;
  for (int i = 0; i < 5; ++i) scene.CreateJob("j" + std::to_string(i));
  std::string token;
  std::string seen;
  int pages = 0;
  do {
    const HttpReply reply = scene.Operator("GET", "/things/pi-1/jobs?maxResults=2" + token);
    const json page = json::parse(reply.body);
    for (const json& entry : page["executionSummaries"]) seen += entry["jobId"].get<std::string>() + " ";
    token = page.contains("nextToken") ? "&nextToken=" + page["nextToken"].get<std::string>() : "";
    ++pages;
  } while (!token.empty() && pages < 9);
  CHECK(pages == 3);
  CHECK(seen == "j4 j3 j2 j1 j0 ");
  CHECK(json::parse(scene.Operator("GET", "/jobs?status=IN_PROGRESS").body)["jobs"].size() == 5);
  CHECK(scene.Operator("GET", "/jobs?maxResults=0").error_type == "InvalidRequestException");
  CHECK(scene.Operator("GET", "/jobs?maxResults=251").error_type == "InvalidRequestException");
  CHECK(scene.Operator("GET", "/jobs?nextToken=x").error_type == "InvalidRequestException");
  CHECK(scene.Operator("GET", "/things/pi-1/jobs?status=DONE").error_type == "InvalidRequestException");
}

TEST_CASE("cancel-job-execution takes ten status details, refuses eleven, and a version that is no number") {
  Scene scene;
  scene.CreateJob("j");
  json ten = json::object();
  for (int i = 0; i < 10; ++i) ten["k" + std::to_string(i)] = "v";
  json eleven = ten;
  eleven["k10"] = "v";
  const auto cancel = [&](const json& body) {
    return scene.Operator("PUT", "/things/pi-1/jobs/j/cancel", body.dump()).error_type;
  };
  CHECK(cancel({{"statusDetails", eleven}}) == "InvalidRequestException");
  CHECK(cancel({{"expectedVersion", "x"}}) == "InvalidRequestException");
  CHECK(cancel({{"force", "maybe"}}) == "InvalidRequestException");
  CHECK(scene.Operator("PUT", "/things/pi-1/jobs/k/cancel", "{}").error_type == "ResourceNotFoundException");
  CHECK(cancel({{"statusDetails", ten}}).empty());
}

TEST_CASE("describe-endpoint, and paths that nobody knows") {
  Scene scene;
  CHECK(json::parse(scene.Operator("GET", "/endpoint?endpointType=iot%3AData-ATS").body)["endpointAddress"] ==
        "broker:8883");
  CHECK(json::parse(scene.Operator("GET", "/endpoint?endpointType=iot:Jobs").body)["endpointAddress"] ==
        "127.0.0.1:8080");
  for (const char* target : {"/", "", "/jobs/j/nothing", "//", "/%", "/%zz?%", "/things", "/?a=b&&c"}) {
    CAPTURE(target);
    CHECK(scene.Operator("POST", target).status == 404);
  }
}

}  // namespace
}  // namespace kedge::drydock
