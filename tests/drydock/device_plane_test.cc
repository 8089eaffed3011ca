// What devices are answered: the error table (reference aws-iot-jobs.md, 4), the order of its checks, and the
// rules of section 2 and 3.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::seconds;

std::string Pairs(int count) {
  json details = json::object();
  for (int i = 0; i < count; ++i) details["k" + std::to_string(i)] = "v";
  return json{{"status", "IN_PROGRESS"}, {"statusDetails", details}}.dump();
}

std::string WithValue(const std::string& value) {
  return json{{"status", "IN_PROGRESS"}, {"statusDetails", {{"k", value}}}}.dump();
}

TEST_CASE("an update is checked in order: JSON, request, existence, terminal state, expected version") {
  Scene scene;
  scene.CreateJob("j");
  scene.Device("j/update", R"({"status":"SUCCEEDED"})");
  const auto code = [&](const char* topic, const char* payload) { return scene.Ask(topic, payload)["code"]; };

  CHECK(code("nowhere/update", "{not json") == "InvalidJson");
  CHECK(code("nowhere/update", R"({"status":"DONE"})") == "InvalidRequest");
  CHECK(code("nowhere/update", R"({"status":"FAILED","expectedVersion":99})") == "ResourceNotFound");
  CHECK(code("j/update", R"({"status":"FAILED","expectedVersion":99})") == "InvalidStateTransition");
  scene.CreateJob("k");
  CHECK(code("k/update", R"({"status":"FAILED","expectedVersion":99})") == "VersionMismatch");
}

TEST_CASE(
    "executionState comes with InvalidStateTransition and VersionMismatch only, and carries the details") {
  Scene scene;
  scene.CreateJob("j");
  scene.Device("j/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"1/3"}})");
  const json mismatch = scene.Ask("j/update", R"({"status":"IN_PROGRESS","expectedVersion":1})");
  CHECK(mismatch["executionState"] ==
        R"({"status":"IN_PROGRESS","statusDetails":{"step":"1/3"},"versionNumber":2})"_json);
  for (const json& other : {scene.Ask("x/update", R"({"status":"FAILED"})"), scene.Ask("j/update", "{}"),
                            scene.Ask("j/update", "["), scene.Ask("j/nothing", "{}")}) {
    CHECK_FALSE(other.contains("executionState"));
  }
}

TEST_CASE("a refused update changes nothing and tells nobody") {
  Scene scene;
  scene.CreateJob("j");
  scene.Events();
  const json before = scene.Execution("j");
  for (const char* payload : {R"({"status":"QUEUED"})",
                              R"({"status":"CANCELED"})",
                              R"({"status":"TIMED_OUT"})",
                              R"({"status":"REMOVED"})",
                              R"({"status":"succeeded"})",
                              R"({"status":7})",
                              "{}",
                              "[]",
                              "7",
                              R"({"status":"FAILED","expectedVersion":2})",
                              R"({"status":"FAILED","expectedVersion":"x"})",
                              R"({"status":"FAILED","executionNumber":2})",
                              R"({"status":"FAILED","executionNumber":1.5})",
                              R"({"status":"FAILED","statusDetails":"text"})",
                              R"({"status":"FAILED","statusDetails":{"k":1}})",
                              R"({"status":"FAILED","stepTimeoutInMinutes":0})",
                              R"({"status":"FAILED","stepTimeoutInMinutes":10081})",
                              R"({"status":"FAILED","stepTimeoutInMinutes":-2})",
                              R"({"status":"FAILED","includeJobDocument":1})",
                              R"({"status":"FAILED","clientToken":5})",
                              "{\"status\":\"FAILED\",\"clientToken\":\"\xff\"}"}) {
    CAPTURE(payload);
    CHECK(scene.Device("j/update", payload).starts_with("j/update/rejected "));
    CHECK(scene.Execution("j") == before);
  }
}

TEST_CASE(
    "statusDetails: ten pairs, keys of 128, values of 1024 characters, no control characters, never empty") {
  Scene scene;
  scene.CreateJob("j");
  const auto taken = [&](const std::string& payload) {
    return !scene.Ask("j/update", payload).contains("code");
  };
  const std::string omega = "\xce\xa9";
  std::string omegas;
  for (int i = 0; i < 1024; ++i) omegas += omega;

  CHECK(taken(Pairs(10)));
  CHECK_FALSE(taken(Pairs(11)));
  CHECK(taken(R"({"status":"IN_PROGRESS","statusDetails":{")" + std::string(128, 'k') + R"(":"v"}})"));
  CHECK_FALSE(taken(R"({"status":"IN_PROGRESS","statusDetails":{")" + std::string(129, 'k') + R"(":"v"}})"));
  CHECK_FALSE(taken(R"({"status":"IN_PROGRESS","statusDetails":{"a b":"v"}})"));
  CHECK_FALSE(taken(R"({"status":"IN_PROGRESS","statusDetails":{"":"v"}})"));
  CHECK(taken(WithValue(omegas)));
  CHECK_FALSE(taken(WithValue(omegas + omega)));
  CHECK_FALSE(taken(WithValue("")));
  CHECK(taken(WithValue("100 % \xf0\x9f\x9a\xa2 fine")));
  for (const char* bad : {"a\nb", "a\tb", "\x7f", "\xc2\x85", "\xc2\xad", "\xe2\x80\x8b", "\xef\xbb\xbf",
                          "\xee\x80\x80", "\xef\xbf\xbe", "\xf3\xa0\x80\x81", "\xf4\x8f\xbf\xbd"}) {
    CAPTURE(bad);
    CHECK_FALSE(taken(WithValue(bad)));
  }
}

TEST_CASE("statusDetails are replaced as a whole, and kept when an update has none") {
  Scene scene;
  scene.CreateJob("j");
  scene.Device("j/update", R"({"status":"IN_PROGRESS","statusDetails":{"a":"1","b":"2"}})");
  scene.Device("j/update", R"({"status":"IN_PROGRESS","statusDetails":{"a":"3"}})");
  scene.Device("j/update", R"({"status":"IN_PROGRESS"})");
  CHECK(scene.Execution("j")["statusDetails"]["detailsMap"] == R"({"a":"3"})"_json);
  CHECK(scene.Execution("j")["versionNumber"] == 4);
}

TEST_CASE("an update may end what was never started") {
  Scene scene;
  scene.CreateJob("j");
  scene.Pass(seconds(5));
  scene.Device("j/update", R"({"status":"SUCCEEDED"})");
  const json execution = scene.Execution("j");
  CHECK(execution["status"] == "SUCCEEDED");
  CHECK(execution["versionNumber"] == 2);
  CHECK(execution["startedAt"] == execution["lastUpdatedAt"]);
  CHECK(scene.Ask("j/update", R"({"status":"SUCCEEDED"})")["code"] == "InvalidStateTransition");
}

TEST_CASE("what a device may do: anything from QUEUED and IN_PROGRESS, each one version more") {
  for (const char* status : {"IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"}) {
    CAPTURE(status);
    const std::string update = json{{"status", status}}.dump();
    Scene queued;
    Scene running;
    for (Scene* scene : {&queued, &running})
      scene->CreateJob("j", {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 9}}}});
    running.Device("start-next");
    for (Scene* scene : {&queued, &running}) {
      scene->Pass(seconds(5));
      CHECK_FALSE(scene->Ask("j/update", update).contains("code"));
      const json execution = scene->Execution("j");
      CHECK(execution["status"] == status);
      CHECK(execution["versionNumber"] == (scene == &queued ? 2 : 3));
      CHECK(execution["startedAt"] == Scene::kStart + (scene == &queued ? 5 : 0));
      CHECK(execution["lastUpdatedAt"] == Scene::kStart + 5);
      const bool timed = std::string(status) == "IN_PROGRESS";
      CHECK(execution.contains("approximateSecondsBeforeTimedOut") == timed);
      if (timed) CHECK(execution["approximateSecondsBeforeTimedOut"] == 540 - (scene == &queued ? 0 : 5));
    }
  }
}

TEST_CASE("an accepted update shows state and document only when asked") {
  Scene scene;
  scene.CreateJob("j");
  CHECK(scene.Ask("j/update", R"({"status":"IN_PROGRESS"})") == R"({"timestamp":1787000000})"_json);
  CHECK(
      scene.Ask(
          "j/update",
          R"({"status":"IN_PROGRESS","includeJobExecutionState":true,"includeJobDocument":true,"expectedVersion":"2"})") ==
      R"({"timestamp":1787000000,"executionState":{"status":"IN_PROGRESS","versionNumber":3},"jobDocument":{"job":"j"}})"_json);
}

TEST_CASE(
    "start-next gives a running execution back unchanged: that is how work is found again after a crash") {
  Scene scene;
  scene.CreateJob("j");
  scene.CreateJob("k");
  const json first = scene.Ask("start-next", R"({"statusDetails":{"a":"1"},"stepTimeoutInMinutes":5})");
  CHECK(first["execution"]["versionNumber"] == 2);
  CHECK(first["execution"]["statusDetails"] == R"({"a":"1"})"_json);
  CHECK(first["execution"]["approximateSecondsBeforeTimedOut"] == 300);
  scene.Events();
  CHECK(scene.Ask("start-next", R"({"statusDetails":{"b":"2"},"stepTimeoutInMinutes":9})") == first);
  CHECK(scene.Events().empty());
}

TEST_CASE("$next is the oldest running execution, then the oldest queued one, and never an error") {
  Scene scene;
  CHECK(scene.Ask("$next/get") == R"({"timestamp":1787000000})"_json);
  CHECK(scene.Ask("start-next") == R"({"timestamp":1787000000})"_json);
  scene.CreateJob("a");
  scene.CreateJob("b");  // in the same millisecond: the order of creation counts
  CHECK(scene.Ask("$next/get")["execution"]["jobId"] == "a");
  scene.Device("b/update", R"({"status":"IN_PROGRESS"})");
  CHECK(scene.Ask("$next/get", R"({"includeJobDocument":false})")["execution"]["jobId"] == "b");
  CHECK_FALSE(scene.Ask("$next/get", R"({"includeJobDocument":false})")["execution"].contains("jobDocument"));
  CHECK(scene.Ask("$next/update", R"({"status":"FAILED"})")["code"] == "InvalidRequest");
}

TEST_CASE("describe: an open execution, TerminalStateReached for an ended one, ResourceNotFound for none") {
  Scene scene;
  scene.CreateJob("j");
  CHECK(
      scene.Ask("j/get", R"({"executionNumber":1,"clientToken":"t"})") ==
      R"({"clientToken":"t","timestamp":1787000000,"execution":{"jobId":"j","status":"QUEUED","queuedAt":1787000000,
            "lastUpdatedAt":1787000000,"executionNumber":1,"versionNumber":1,"jobDocument":{"job":"j"}}})"_json);
  CHECK(scene.Ask("j/get", R"({"executionNumber":2})")["code"] == "ResourceNotFound");
  CHECK(scene.Ask("k/get")["code"] == "ResourceNotFound");
  scene.Device("j/update", R"({"status":"REJECTED"})");
  CHECK(scene.Ask("j/get")["code"] == "TerminalStateReached");
}

TEST_CASE("lists hold ten, running ones first") {
  Scene scene;
  for (int i = 0; i < 12; ++i) scene.CreateJob("j" + std::to_string(i));
  scene.Events();
  scene.Device("j11/update", R"({"status":"IN_PROGRESS"})");
  const json lists = scene.Ask("get");
  CHECK(lists["inProgressJobs"].size() == 1);
  CHECK(lists["queuedJobs"].size() == 9);
  scene.CreateJob("j12");
  const json notify = json::parse(scene.service.TakeEvents().at(0).payload);
  CHECK(notify["jobs"]["IN_PROGRESS"][0]["jobId"] == "j11");
  CHECK(notify["jobs"]["QUEUED"].size() == 9);
}

}  // namespace
}  // namespace kedge::drydock
