// Topics and payloads of any kind (reference aws-iot-jobs.md, 1 and 4): answered by the book or left alone,
// never a crash.

#include <doctest/doctest.h>

#include "payloads.h"
#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

TEST_CASE("the service's own messages, and those that are not of Jobs, are no requests") {
  for (const char* topic :
       {"$aws/things/pi-1/jobs/notify", "$aws/things/pi-1/jobs/notify-next",
        "$aws/things/pi-1/jobs/get/accepted", "$aws/things/pi-1/jobs/start-next/rejected",
        "$aws/things/pi-1/jobs/j/update/accepted", "$aws/things/pi-1/jobs/$next/get/rejected",
        "$aws/things/pi-1/jobs/what/rejected", "$aws/things/pi-1/jobs/notify-namespace-aws-gg-deployment",
        "$aws/things/pi-1/jobs/j/namespace-aws-gg-deployment/get", "$aws/things/pi-1/shadow/get",
        "$aws/things/pi-1/jobs", "kedge/things/pi-1/cancel", "", "$aws/things/", "$aws/things/pi-1"}) {
    CAPTURE(topic);
    CHECK_FALSE(ParseRequest(topic, "{}"));
  }
}

TEST_CASE("a topic that means no operation is refused with InvalidTopic, whatever the payload") {
  Scene scene;
  for (const char* topic : {"start", "j/delete", "j/get/more", "a/b/c/d/e", "j", "/get", "j/"}) {
    for (const char* payload : {"{}", "", "{nothing"}) {
      CAPTURE(topic);
      const json reply = scene.Ask(topic, payload);
      CHECK(reply["code"] == "InvalidTopic");
      CHECK(reply["timestamp"] == Scene::kStart);
    }
  }
}

TEST_CASE("what is not JSON is InvalidJson without a token, JSON that is not an object is InvalidRequest") {
  Scene scene;
  for (const char* payload :
       {"{", "nope", "{\"a\":\"\xc3\"}", "{\"clientToken\":\"t\"", "{}{}", "\xef\xbb"}) {
    CAPTURE(payload);
    const json reply = scene.Ask("get", payload);
    CHECK(reply["code"] == "InvalidJson");
    CHECK_FALSE(reply.contains("clientToken"));
  }
  for (const char* payload : {"[]", "null", "1", "\"text\""})
    CHECK(scene.Ask("get", payload)["code"] == "InvalidRequest");
  CHECK(scene.Ask("get", std::string(120000, '['))["code"] == "InvalidJson");
  CHECK(scene.Ask("get", std::string(60000, '[') + std::string(60000, ']'))["code"] == "InvalidRequest");
}

TEST_CASE("the token comes back unchanged in what is accepted and in what is refused") {
  Scene scene;
  const std::string token = "\u00fc \"quoted\" \u0001";
  const std::string payload = json{{"clientToken", token}}.dump();
  CHECK(scene.Ask("get", payload)["clientToken"] == token);
  CHECK(scene.Ask("j/update", payload)["clientToken"] == token);
  CHECK_FALSE(scene.Ask("get", R"({"clientToken":null})").contains("clientToken"));
  CHECK(scene.Ask("get", R"({"clientToken":1})")["code"] == "InvalidRequest");
}

TEST_CASE("a thing that nobody created, and names that no thing and no job can have") {
  Scene scene;
  const auto code = [&](const std::string& topic, const char* payload) {
    return json::parse(Answer(scene.service, *ParseRequest(topic, payload), scene.now).payload)["code"];
  };
  for (const char* operation : {"get", "start-next", "$next/get", "j/get"}) {
    CHECK(code(std::string("$aws/things/pi-9/jobs/") + operation, "{}") == "ResourceNotFound");
    CHECK(code(std::string("$aws/things/p i/jobs/") + operation, "{}") == "InvalidRequest");
  }
  CHECK(code("$aws/things/pi-1/jobs/a b/get", "{}") == "InvalidRequest");
  CHECK(code("$aws/things/pi-1/jobs/" + std::string(65, 'j') + "/get", "{}") == "InvalidRequest");
}

TEST_CASE("unknown members are let pass") {
  Scene scene;
  scene.CreateJob("j");
  CHECK(scene.Ask("j/get", R"({"jobId":"j","thingName":"pi-1","new":{"x":[1]}})").contains("execution"));
}

TEST_CASE("a raw document goes out byte for byte, well-formed or not") {
  const std::string deep = std::string(10000, '[') + std::string(10000, ']');
  for (const std::string& document : {std::string("[1,2]"), std::string("{not json"), std::string("\"\xff\""),
                                      deep, "{\"long\":\"" + std::string(40000, 'x') + "\"}"}) {
    Scene scene;
    REQUIRE(scene.service.control().CreateRawJob("raw", document, {"pi-1"}, scene.now));
    const auto events = scene.service.TakeEvents();
    REQUIRE(events.size() == 2);
    CHECK(events[1].payload.find("\"jobDocument\":" + document + "}") != std::string::npos);
    const auto request = ParseRequest("$aws/things/pi-1/jobs/start-next", "");
    CHECK(Answer(scene.service, *request, scene.now).payload.find(document) != std::string::npos);
    CHECK(scene.Operator("GET", "/jobs/raw/job-document").status == 200);
  }
}

}  // namespace
}  // namespace kedge::drydock
