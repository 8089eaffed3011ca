// Faults on demand, seen from outside: what goes out, and what does not.

#include "faults.h"

#include <doctest/doctest.h>

#include <thread>

#include "dock_stage.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kDone = R"({"status":"SUCCEEDED"})";
constexpr const char* kStart = R"({"status":"IN_PROGRESS"})";

TEST_CASE("a dropped reply: the service has done it all the same, and then the fault is used up") {
  Stage stage;
  stage.Job("j");
  stage.Fault(R"({"on":"reply","do":"drop","operation":"update","count":1})");
  CHECK(stage.Ask("get") == "get/accepted ");
  CHECK(stage.Ask("j/update", R"({"status":"IN_PROGRESS"})").empty());
  CHECK(json::parse(stage.Http("GET", "/drydock/faults").body)["faults"].empty());
  stage.Ask("j/get");
  CHECK(json::parse(stage.last)["execution"]["status"] == "IN_PROGRESS");
}

TEST_CASE("a dropped request never reaches the service") {
  Stage stage;
  stage.Job("j");
  stage.Fault(R"({"on":"request","do":"drop","operation":"update","status":"SUCCEEDED"})");
  CHECK(stage.Ask("j/update", kDone).empty());
  CHECK(stage.Ask("j/update", R"({"status":"IN_PROGRESS"})") == "j/update/accepted ");
}

TEST_CASE("the next k are answered with a given code, with the token and without effect") {
  Stage stage;
  stage.Job("j");
  stage.Fault(R"({"on":"request","do":"reject","code":"RequestThrottled","count":2,"thing":"pi-1"})");
  for (int i = 0; i < 2; ++i) {
    CHECK(stage.Ask("j/update", R"({"status":"SUCCEEDED","clientToken":"t"})") == "j/update/rejected ");
    CHECK(json::parse(stage.last)["code"] == "RequestThrottled");
    CHECK(json::parse(stage.last)["clientToken"] == "t");
  }
  CHECK(stage.Ask("j/update", kDone) == "j/update/accepted notify notify-next ");
}

TEST_CASE("events can be dropped, each kind by itself, and skipped first") {
  Stage stage;
  stage.Fault(R"({"on":"notify","do":"drop","skip":1})");
  stage.Job("a");
  CHECK(stage.outlet.Topics() == "notify notify-next ");
  CHECK(stage.Ask("a/update", kDone) == "a/update/accepted notify-next ");
  stage.Http("DELETE", "/drydock/faults");
  stage.Fault(R"({"on":"notify-next","do":"drop"})");
  stage.Job("b");
  CHECK(stage.outlet.Topics() == "notify ");
}

TEST_CASE("messages can be doubled and late, and overtaken while they are late") {
  Stage stage;
  stage.Fault(R"({"on":"notify","do":"duplicate","count":1})");
  stage.Job("a");
  CHECK(stage.outlet.Topics() == "notify notify notify-next ");
  stage.Fault(R"({"on":"reply","do":"delay","ms":30,"count":1})");
  stage.dock.OnMessage("$aws/things/pi-1/jobs/a/update", kDone);
  REQUIRE(stage.outlet.Wait(3));
  CHECK(stage.outlet.Topics() == "notify notify-next a/update/accepted ");
}

TEST_CASE("a fault of one thing leaves the others alone") {
  Stage stage;
  stage.Fault(R"({"on":"reply","do":"drop","thing":"pi-2"})");
  CHECK(stage.Ask("get") == "get/accepted ");
}

TEST_CASE("a cancel just before an update refuses it, one just after does not, and both are heard of") {
  Stage stage;
  stage.Job("a");
  stage.Fault(R"({"on":"request","do":"cancel-before","operation":"update","status":"SUCCEEDED","count":1})");
  CHECK(stage.Ask("a/update", kDone) == "notify notify-next a/update/rejected ");
  CHECK(json::parse(stage.last)["executionState"]["status"] == "CANCELED");
  stage.Job("b");
  stage.Fault(R"({"on":"request","do":"cancel-after","operation":"update","count":1})");
  CHECK(stage.Ask("b/update", R"({"status":"IN_PROGRESS"})") == "b/update/accepted notify notify-next ");
}

TEST_CASE("reordered: held back until the next message to the thing has been sent") {
  Stage stage;
  stage.Fault(R"({"on":"notify","do":"reorder"})");
  stage.Job("a");
  CHECK(stage.outlet.Topics() == "notify-next notify ");
  CHECK(stage.Ask("a/update", kDone) == "a/update/accepted notify-next notify ");
}

TEST_CASE("everything reordered: of two messages in a row the second goes first, none is held for ever") {
  Stage stage;
  for (const char* on : {"reply", "notify", "notify-next"}) {
    stage.Fault((R"({"on":")" + std::string(on) + R"(","do":"reorder","ms":3600000})").c_str());
  }
  stage.Job("a");
  CHECK(stage.outlet.Topics() == "notify-next notify ");
  CHECK(stage.Ask("a/update", kDone) == "notify a/update/accepted ");  // and notify-next waits
  CHECK(stage.Ask("get") == "get/accepted notify-next ");
}

TEST_CASE("a reordered message does not wait for those of other things, and only so long for its own") {
  Stage stage;
  REQUIRE(stage.Http("POST", "/things/pi-2", "{}").status == 200);
  stage.Fault(R"({"on":"reply","do":"reorder","ms":30,"thing":"pi-1"})");
  CHECK(stage.Ask("get").empty());
  stage.dock.OnMessage("$aws/things/pi-2/jobs/get", "{}");
  REQUIRE(stage.outlet.Wait(2));
  CHECK(stage.outlet.Topics() == "get/accepted get/accepted ");
  stage.Http("DELETE", "/drydock/faults");
  stage.Fault(R"({"on":"reply","do":"reorder","ms":3600000,"thing":"pi-1"})");
  CHECK(stage.Ask("get").empty());
  stage.dock.OnMessage("$aws/things/pi-2/jobs/start-next", "{}");
  CHECK(stage.outlet.Topics() == "start-next/accepted ");
}

TEST_CASE("stale: the list as it was before its last change, and nothing is started") {
  Stage stage;
  stage.Fault(R"({"on":"request","do":"stale"})");
  const auto answer = [&](const char* operation) {
    CHECK(stage.Ask(operation, R"({"clientToken":"t"})") == operation + std::string("/accepted "));
    json said = json::parse(stage.last);
    CHECK(said["clientToken"] == "t");
    CHECK(said["timestamp"] == 1787000000);
    return said;
  };
  stage.Job("a");  // has just been announced, and is not there yet
  CHECK_FALSE(answer("$next/get").contains("execution"));
  CHECK_FALSE(answer("start-next").contains("execution"));
  CHECK(answer("get")["queuedJobs"].empty());

  stage.Job("b");  // not at the head
  CHECK(answer("get")["queuedJobs"].size() == 1);
  CHECK(answer("get")["queuedJobs"][0]["jobId"] == "a");

  stage.now += 5000;
  stage.Ask("a/update", kDone);  // is over, and still there
  stage.now -= 5000;
  CHECK(answer("$next/get")["execution"]["jobId"] == "a");
  CHECK(answer("start-next")["execution"]["jobDocument"] == json::object());
  CHECK(answer("get")["queuedJobs"].size() == 2);

  stage.Http("DELETE", "/drydock/faults");
  CHECK(answer("$next/get")["execution"]["jobId"] == "b");
  CHECK(answer("$next/get")["execution"]["status"] == "QUEUED");
}

TEST_CASE("stale: what looks at one job, what is wrong and what is unknown are answered as ever") {
  Stage stage;
  stage.Job("a");
  stage.Fault(R"({"on":"request","do":"stale"})");
  CHECK(stage.Ask("a/get") == "a/get/accepted ");
  CHECK(json::parse(stage.last)["execution"]["jobId"] == "a");
  CHECK(stage.Ask("start-next", "{bad") == "start-next/rejected ");
  CHECK(stage.Ask("get", "{bad") == "get/rejected ");
  stage.dock.OnMessage("$aws/things/pi-9/jobs/$next/get", "{}");
  CHECK(stage.outlet.Topics() == "$next/get/rejected ");
}

TEST_CASE("stale: a document that is no JSON comes through as it is") {
  Stage stage;
  REQUIRE(stage.Http("PUT", "/drydock/jobs/raw?thing=pi-1", "{not json").status == 200);
  stage.Ask("raw/update", kDone);
  stage.Fault(R"({"on":"request","do":"stale"})");
  stage.Ask("$next/get", R"({"clientToken":"t"})");
  CHECK(stage.last.find(R"("jobDocument":{not json},"timestamp":1787000000,"clientToken":"t"})") !=
        std::string::npos);
}

TEST_CASE("disconnect: before a request is answered, which has been served, or after a message") {
  Stage stage;
  stage.Fault(R"({"on":"request","do":"disconnect","operation":"update","skip":1,"count":1})");
  stage.Job("a");
  CHECK(stage.Ask("a/update", kStart) == "a/update/accepted ");
  CHECK(stage.Ask("a/update", kDone) == "cut:pi-1 a/update/accepted notify notify-next ");
  CHECK(stage.Ask("get") == "get/accepted ");
  stage.Fault(R"({"on":"notify","do":"disconnect","client":"pi-1-agent","count":1})");
  stage.Job("b");
  CHECK(stage.outlet.Topics() == "notify cut:pi-1-agent notify-next ");
}

TEST_CASE("disconnect and drop: the request is lost with the connection") {
  Stage stage;
  stage.Job("a");
  stage.Fault(R"({"on":"request","do":"disconnect","count":1})");
  stage.Fault(R"({"on":"request","do":"drop","count":1})");
  CHECK(stage.Ask("a/update", kDone) == "cut:pi-1 ");
  CHECK(stage.Ask("a/update", kStart) == "a/update/accepted ");
}

TEST_CASE("HTTP: the next k calls of an operation are throttled or fail, as each plane spells it") {
  Stage stage;
  stage.Fault(
      R"({"on":"http","do":"reject","code":"RequestThrottled","operation":"DescribeJobExecution","count":2})");
  stage.Job("a");  // another operation
  const HttpReply control = stage.Http("GET", "/things/pi-1/jobs/a");
  CHECK(control.status == 400);
  CHECK(control.error_type == "ThrottlingException");
  const HttpReply data = stage.DataPlane("GET", "/things/pi-1/jobs/a");
  CHECK(data.status == 429);
  CHECK(data.error_type == "ThrottlingException");
  CHECK(stage.Http("GET", "/things/pi-1/jobs/a").status == 200);

  stage.Fault(R"({"on":"http","do":"reject","code":"InternalError","thing":"pi-1"})");
  CHECK(stage.Http("PUT", "/things/pi-1/jobs/a/cancel", "{}").status == 500);
  CHECK(stage.Http("PUT", "/things/pi-1/jobs/a/cancel", "{}").error_type == "InternalFailureException");
  CHECK(stage.Http("GET", "/jobs/a").status == 200);
  stage.Http("DELETE", "/drydock/faults");  // never in the way of the bench itself
  CHECK(json::parse(stage.Http("GET", "/things/pi-1/jobs/a").body)["execution"]["status"] == "QUEUED");
}

// A stack and a job of it, by their OCIDs.
json OciPost(Stage& stage, const std::string& what, const json& body) {
  const HttpReply reply = stage.Http("POST", "/20180917/" + what, body.dump());
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body)["id"];
}
std::string OciJob(Stage& stage, const std::string& thing) {
  const json stack = {{"compartmentId", "c"},
                      {"configSource", {{"configSourceType", "ZIP_UPLOAD"}}},
                      {"variables", {{"thing", thing}}}};
  return OciPost(stage, "jobs", {{"stackId", OciPost(stage, "stacks", stack)}, {"operation", "APPLY"}});
}

TEST_CASE(
    "HTTP: OCI's API is throttled and fails too, as it spells it, for the jobs of one thing or for all") {
  Stage stage;
  REQUIRE(stage.Http("POST", "/things/pi-2", "{}").status == 200);
  const std::string one = "/20180917/jobs/" + OciJob(stage, "pi-1");
  const std::string two = "/20180917/jobs/" + OciJob(stage, "pi-2");
  const auto told = [&](const char* method, const std::string& target) {
    const HttpReply reply = stage.Http(method, target);
    CHECK(reply.headers.contains("opc-request-id"));
    CHECK(reply.error_type.empty());  // a header of AWS
    return std::to_string(reply.status) + " " + json::parse(reply.body, nullptr, false).value("code", "");
  };
  stage.Fault(
      R"({"on":"http","do":"reject","code":"RequestThrottled","operation":"CancelJob","thing":"pi-1","count":2})");
  CHECK(told("GET", one) == "200 ");  // another operation
  CHECK(stage.Http("DELETE", two).status == 204);
  const uint64_t before = stage.history.last();
  CHECK(told("DELETE", one) == "429 TooManyRequests");
  CHECK(told("DELETE", one) == "429 TooManyRequests");
  CHECK(json::parse(stage.Http("GET", one).body)["lifecycleState"] == "ACCEPTED");
  CHECK(stage.Http("DELETE", one).status == 204);
  const json entry = stage.Entries(before)[0];
  CHECK(entry["operation"] == "CancelJob");
  CHECK(entry["thing"] == "pi-1");
  CHECK(entry["code"] == "TooManyRequests");
  CHECK(stage.Entries(before)[1]["did"] == "reject");

  stage.Fault(R"({"on":"http","do":"reject","code":"InternalError","thing":"pi-2"})");
  CHECK(told("GET", two + "/logs") == "500 InternalServerError");
  CHECK(told("GET", one) == "200 ");
  CHECK(told("GET", "/20180917/jobs/nowhere") == "404 NotAuthorizedOrNotFound");  // of no thing
}

TEST_CASE("HTTP: a delayed reply leaves the service free, and is not waited for at the end") {
  Stage stage;
  stage.Fault(R"({"on":"http","do":"delay","ms":3600000,"operation":"CreateJob"})");
  const uint64_t before = stage.history.last();
  std::thread late([&] { stage.Job("a"); });
  while (stage.Entries(before, "&wait=25").empty()) {
  }
  CHECK(stage.Ask("a/get") == "a/get/accepted ");
  stage.dock.EndWaits();
  late.join();
}

// Which of so many requests are lost to a rule with a chance, as a picture.
std::string Losses(uint64_t seed, const char* rule, int requests = 32) {
  Faults faults(seed);
  REQUIRE(faults.Add(json::parse(rule)));
  const auto request = ParseRequest("$aws/things/pi-1/jobs/get", "{}");
  std::string picture;
  for (int i = 0; i < requests; ++i) picture += faults.Meet(*request).lost ? 'x' : '.';
  return picture;
}

TEST_CASE("by chance: the same seed gives the same faults, on every machine") {
  const char* half = R"({"on":"request","do":"drop","chance":0.5})";
  CHECK(Losses(1, half) == "xxxxx.xx..x..xxxx.xxx.xxxxxx...x");
  CHECK(Losses(1, half) == Losses(1, half));
  CHECK(Losses(2, half) != Losses(1, half));
}

TEST_CASE("by chance: about so often, and only what happens is counted") {
  const auto losses = [](const std::string& picture) {
    return std::count(picture.begin(), picture.end(), 'x');
  };
  CHECK(losses(Losses(1, R"({"on":"request","do":"drop","chance":1})")) == 32);
  const auto tenth = losses(Losses(1, R"({"on":"request","do":"drop","chance":0.1})", 10000));
  CHECK(tenth > 900);
  CHECK(tenth < 1100);
  CHECK(losses(Losses(1, R"({"on":"request","do":"drop","chance":0.1,"count":3})", 10000)) == 3);
  CHECK(Losses(1, R"({"on":"request","do":"drop","chance":0.5,"skip":4})", 36) ==
        "...." + Losses(1, R"({"on":"request","do":"drop","chance":0.5})"));
}

TEST_CASE("what can be done on what is told, and a rule of each kind is taken") {
  Stage stage;
  const json known = json::parse(stage.Http("GET", "/drydock/faults").body)["known"];
  std::string kinds;
  for (const auto& [on, acts] : known.items()) {
    for (const auto& [act, codes] : acts.items()) {
      kinds += on + ":" + act + " ";
      json rule = {{"on", on}, {"do", act}};
      if (act == "delay") rule["ms"] = 1;
      for (const json& code : codes.empty() ? json::array({nullptr}) : codes) {
        if (code.is_string()) rule["code"] = code;
        stage.Fault(rule.dump().c_str());
      }
    }
  }
  CHECK(kinds ==
        "http:delay http:reject "
        "notify:delay notify:disconnect notify:drop notify:duplicate notify:reorder "
        "notify-next:delay notify-next:disconnect notify-next:drop notify-next:duplicate notify-next:reorder "
        "reply:delay reply:disconnect reply:drop reply:duplicate reply:reorder "
        "request:cancel-after request:cancel-before request:disconnect request:drop request:reject "
        "request:stale ");
  CHECK(known["http"]["reject"] == R"(["RequestThrottled","InternalError"])"_json);
  CHECK(known["request"]["reject"].size() == 9);
}

TEST_CASE("rules are listed as they were given, with what is left of their counts") {
  Stage stage;
  stage.Fault(R"({"on":"reply","do":"drop","operation":"get","skip":1,"count":2,"chance":0.5})");
  stage.Fault(R"({"on":"notify","do":"reorder"})");
  stage.Fault(R"({"on":"http","do":"delay","ms":20,"operation":"CreateJob"})");
  stage.Ask("get");
  CHECK(json::parse(stage.Http("GET", "/drydock/faults").body)["faults"] ==
        R"([{"id":1,"on":"reply","do":"drop","operation":"get","count":2,"chance":0.5},
            {"id":2,"on":"notify","do":"reorder","ms":1000},
            {"id":3,"on":"http","do":"delay","ms":20,"operation":"CreateJob"}])"_json);
}

TEST_CASE("a rule that could never fire, or that means nothing, is refused with the reason") {
  Stage stage;
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{}", "'on' must be"},
      {"[]", ""},
      {"{", ""},
      {R"({"on":"reply"})", "'do' must be"},
      {R"({"on":"reply","do":"reject","code":"InternalError"})", "cannot be done on: reply"},
      {R"({"on":"notify","do":"cancel-after"})", "cannot be done"},
      {R"({"on":"request","do":"delay","ms":5})", "cannot be done"},
      {R"({"on":"request","do":"reorder"})", "cannot be done"},
      {R"({"on":"reply","do":"stale"})", "cannot be done"},
      {R"({"on":"http","do":"drop"})", "cannot be done"},
      {R"({"on":"http","do":"disconnect"})", "cannot be done"},
      {R"({"on":"request","do":"reject"})", "'code'"},
      {R"({"on":"request","do":"reject","code":"Oops"})", "'code'"},
      {R"({"on":"http","do":"reject","code":"VersionMismatch"})", "'code'"},
      {R"({"on":"reply","do":"drop","code":"InternalError"})", "'code' is of reject"},
      {R"({"on":"reply","do":"drop","operation":"Update"})", "'operation' must be get"},
      {R"({"on":"http","do":"delay","ms":1,"operation":"update"})", "CancelJobExecution"},
      {R"({"on":"request","do":"stale","operation":"update"})", "look at the pending list"},
      {R"({"on":"notify","do":"drop","operation":"update"})", "answers no operation"},
      {R"({"on":"notify","do":"drop","status":"SUCCEEDED"})", "'status'"},
      {R"({"on":"request","do":"drop","status":"DONE"})", "'DONE' is not a status"},
      {R"({"on":"reply","do":"drop","times":1})", "no member 'times'"},
      {R"({"on":"reply","do":"drop","count":0})", "count"},
      {R"({"on":"reply","do":"delay","ms":-1})", "ms"},
      {R"({"on":"reply","do":"delay"})", "needs 'ms'"},
      {R"({"on":"reply","do":"drop","ms":5})", "'ms' is of"},
      {R"({"on":"reply","do":"drop","chance":0})", "'chance'"},
      {R"({"on":"reply","do":"drop","chance":1.5})", "'chance'"},
      {R"({"on":"reply","do":"drop","chance":"0.5"})", "'chance'"},
      {R"({"on":"reply","do":"drop","client":"x"})", "'client' is of disconnect"}};
  for (const auto& [rule, why] : cases) {
    CAPTURE(rule);
    const HttpReply reply = stage.Http("POST", "/drydock/faults", rule);
    CHECK(reply.status == 400);
    CHECK_MESSAGE(reply.body.find(why) != std::string::npos, reply.body);
  }
  CHECK(json::parse(stage.Http("GET", "/drydock/faults").body)["faults"].empty());
  CHECK(stage.Http("DELETE", "/drydock/faults/1").status == 404);
}

}  // namespace
}  // namespace kedge::drydock
