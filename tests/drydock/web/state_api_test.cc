// What the web page is told, and the page's own files.

#include "web/state_api.h"

#include <doctest/doctest.h>

#include "dock_stage.h"
#include "scene.h"
#include "web/web_page.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

json State(Scene& scene, const StateQuestion& question = {}) {
  return StateOf(scene.service, question, scene.now);
}

// "j1/pi-1#1 j2/pi-1#1", in the order of the list.
std::string Named(const json& executions) {
  std::string names;
  for (const json& e : executions) {
    names += (names.empty() ? "" : " ") + e["jobId"].get<std::string>() + "/" +
             e["thing"].get<std::string>() + "#" + std::to_string(e["number"].get<int64_t>());
  }
  return names;
}

TEST_CASE("the state of an empty service has every list, empty") {
  Scene scene;
  REQUIRE(scene.Operator("DELETE", "/things/pi-1").status == 200);
  CHECK(State(scene) == json{{"now", Scene::kStart * 1000},
                             {"thingArnPrefix", "arn:aws:iot:us-east-1:000000000000:thing/"},
                             {"groupArnPrefix", "arn:aws:iot:us-east-1:000000000000:thinggroup/"},
                             {"things", json::array()},
                             {"groups", json::array()},
                             {"jobs", json::array()},
                             {"jobsLeftOut", 0},
                             {"executions", json::array()},
                             {"executionsLeftOut", 0}});
}

TEST_CASE("an execution is shown whole, its times in milliseconds") {
  Scene scene;
  scene.Pass(milliseconds(5));
  scene.CreateJob("j", {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 2}}}});
  scene.Pass(milliseconds(1500));
  scene.Device("j/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"<1/2>"}})");
  const int64_t start = Scene::kStart * 1000;
  CHECK(State(scene)["executions"] == json::array({{{"thing", "pi-1"},
                                                    {"jobId", "j"},
                                                    {"number", 1},
                                                    {"status", "IN_PROGRESS"},
                                                    {"version", 2},
                                                    {"queuedAt", start + 5},
                                                    {"startedAt", start + 1505},
                                                    {"lastUpdatedAt", start + 1505},
                                                    {"deadline", start + 1505 + 120000},
                                                    {"forceCanceled", false},
                                                    {"retryAttempt", 0},
                                                    {"statusDetails", {{"step", "<1/2>"}}}}}));
  REQUIRE(scene.Operator("PUT", "/things/pi-1/jobs/j/cancel?force=true").status == 200);
  const json ended = State(scene)["executions"][0];
  CHECK(ended["status"] == "CANCELED");
  CHECK(ended["forceCanceled"] == true);
  CHECK_FALSE(ended.contains("deadline"));
}

TEST_CASE("jobs come newest first, and they and the things say how many executions stand where") {
  Scene scene;
  REQUIRE(scene.Operator("POST", "/things/pi-0").status == 200);
  scene.CreateJob("a");
  scene.Pass(milliseconds(1));
  scene.CreateJob("b", {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 7}}}});
  scene.Device("a/update", R"({"status":"FAILED"})");
  REQUIRE(scene.Operator("PUT", "/jobs/b/cancel", R"({"comment":"no","reasonCode":"TOO_LATE"})").status ==
          200);
  const json state = State(scene);
  CHECK(state["things"] ==
        R"([{"name":"pi-0","counts":{}},{"name":"pi-1","counts":{"CANCELED":1,"FAILED":1}}])"_json);
  REQUIRE(state["jobs"].size() == 2);
  CHECK(state["jobs"][1]["jobId"] == "a");
  CHECK(state["jobs"][1]["status"] == "COMPLETED");
  CHECK(state["jobs"][1]["counts"] == R"({"FAILED":1})"_json);
  const json& canceled = state["jobs"][0];
  CHECK(canceled["jobId"] == "b");
  CHECK(canceled["status"] == "CANCELED");
  CHECK(canceled["comment"] == "no");
  CHECK(canceled["reasonCode"] == "TOO_LATE");
  CHECK(canceled["timeoutInMinutes"] == 7);
  CHECK(canceled["createdAt"] == Scene::kStart * 1000 + 1);
  CHECK(canceled["targets"] == R"(["arn:aws:iot:us-east-1:000000000000:thing/pi-1"])"_json);
}

TEST_CASE("open executions come first, then those that ended last, and what does not fit is counted") {
  Scene scene;
  for (const char* id : {"a", "b", "c", "d", "e"}) scene.CreateJob(id);
  for (const char* id : {"d", "b", "c"}) {
    scene.Pass(milliseconds(1));
    scene.Device(std::string(id) + "/update", R"({"status":"SUCCEEDED"})");
  }
  CHECK(Named(State(scene)["executions"]) == "e/pi-1#1 a/pi-1#1 c/pi-1#1 b/pi-1#1 d/pi-1#1");
  const json few = State(scene, {.limit = 3});
  CHECK(Named(few["executions"]) == "e/pi-1#1 a/pi-1#1 c/pi-1#1");
  CHECK(few["executionsLeftOut"] == 2);
  CHECK(few["jobs"].size() == 3);
  CHECK(few["jobsLeftOut"] == 2);
  CHECK(few["things"][0]["counts"] == R"({"QUEUED":2,"SUCCEEDED":3})"_json);
}

TEST_CASE("with a part of a name, only executions on things that have it") {
  Scene scene;
  REQUIRE(scene.Operator("POST", "/things/gate-7").status == 200);
  const char* gate = "arn:aws:iot:us-east-1:000000000000:thing/gate-7";
  const char* pi = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";
  scene.CreateJob("j", {{"targets", {gate, pi}}});
  const json state = State(scene, {.thing = "ate-"});
  CHECK(Named(state["executions"]) == "j/gate-7#1");
  CHECK(state["executionsLeftOut"] == 0);
  CHECK(state["things"].size() == 2);
}

TEST_CASE(
    "of a job with a thousand targets three are named and all are counted, and groups have their size") {
  Scene scene;
  json targets = json::array();
  for (int i = 0; i < 5; ++i) {
    const std::string name = "t" + std::to_string(i);
    REQUIRE(scene.Operator("POST", "/things/" + name).status == 200);
    targets.push_back("arn:aws:iot:us-east-1:000000000000:thing/" + name);
  }
  REQUIRE(scene.Operator("POST", "/thing-groups/g").status == 200);
  REQUIRE(
      scene
          .Operator("PUT", "/thing-groups/addThingToThingGroup", R"({"thingGroupName":"g","thingName":"t3"})")
          .status == 200);
  scene.CreateJob("j", {{"targets", targets}});
  const json state = State(scene);
  CHECK(state["jobs"][0]["targets"].size() == 3);
  CHECK(state["jobs"][0]["targetCount"] == 5);
  CHECK(state["groups"] == R"([{"name":"g","things":1}])"_json);
}

TEST_CASE("the query is read, and a wrong one is refused") {
  const auto read = [](const std::string& query) {
    return ReadStateQuestion(ParseTarget("/drydock/state" + query));
  };
  REQUIRE(read(""));
  CHECK(read("")->limit == 500);
  REQUIRE(read("?limit=7&thing=a%3Ab"));
  CHECK(read("?limit=7&thing=a%3Ab")->limit == 7);
  CHECK(read("?limit=7&thing=a%3Ab")->thing == "a:b");
  for (const std::string wrong : {"?limit=0", "?limit=10001", "?limit=", "?limit=7x", "?limit=-1",
                                  "?limit=99999999999999999999", "?other=1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read(wrong));
  }
}

TEST_CASE("the page is served at both paths with headers that forbid foreign and inline scripts") {
  for (const std::string target : {"/", "/drydock/", "/drydock/?anything"}) {
    CAPTURE(target);
    const auto page = AnswerWebPage({.method = "GET", .target = target});
    REQUIRE(page);
    CHECK(page->status == 200);
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK(page->body.starts_with("<!doctype html>"));
    const std::string policy = page->headers.at("Content-Security-Policy");
    CHECK(policy.find("default-src 'self'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(page->headers.at("X-Content-Type-Options") == "nosniff");
  }
  const auto script = AnswerWebPage({.method = "GET", .target = "/drydock/web/page.js"});
  REQUIRE(script);
  CHECK(script->content_type == "text/javascript; charset=utf-8");
}

TEST_CASE("drydock answers for the page and its state, and a state asked for wrongly changes nothing") {
  Stage stage;
  CHECK(stage.Http("GET", "/").body.starts_with("<!doctype html>"));
  CHECK(stage.Http("GET", "/drydock/").body == stage.Http("GET", "/").body);
  CHECK(stage.Http("GET", "/drydock/web/page.css").status == 200);
  CHECK(stage.Http("GET", "/drydock/web/none").status == 404);
  const HttpReply state = stage.Http("GET", "/drydock/state?limit=1");
  CHECK(state.status == 200);
  CHECK(json::parse(state.body)["things"] == R"([{"name":"pi-1","counts":{}}])"_json);
  CHECK(stage.Http("GET", "/drydock/state?limit=x").status == 400);
  CHECK(stage.Http("POST", "/drydock/state").status == 404);
}

TEST_CASE("what is no file of the page is not answered, nor is anything but GET") {
  for (const std::string target : {"/jobs", "/drydock", "/drydock/state", "/drydock/web/",
                                   "/drydock/web/none", "/drydock/web/../page.html", ""}) {
    CAPTURE(target);
    CHECK_FALSE(AnswerWebPage({.method = "GET", .target = target}));
  }
  CHECK_FALSE(AnswerWebPage({.method = "POST", .target = "/drydock/"}));
}

}  // namespace
}  // namespace kedge::drydock
