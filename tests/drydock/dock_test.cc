// The service at work: order on the wire, faults, raw messages and jobs, history, timers.

#include "dock.h"

#include <doctest/doctest.h>

#include <sstream>

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Recorder : public Outlet {
 public:
  bool Publish(const std::string& topic, const std::string& payload) override {
    const std::lock_guard lock(mutex_);
    sent_.emplace_back(topic, payload);
    changed_.notify_all();
    return true;
  }
  // The topics sent since the last call, without the prefix.
  std::string Topics() {
    const std::lock_guard lock(mutex_);
    std::string topics;
    for (const auto& [topic, payload] : sent_) topics += topic.substr(topic.find("/jobs/") + 6) + " ";
    sent_.clear();
    return topics;
  }
  std::string Last() {
    const std::lock_guard lock(mutex_);
    return sent_.empty() ? "" : sent_.back().second;
  }
  bool Wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(10), [&] { return sent_.size() >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, std::string>> sent_;
};

struct Stage {
  HttpReply Http(const std::string& method, const std::string& target, const std::string& body = "") {
    return dock.OnHttp({.method = method, .target = target, .body = body});
  }
  void Fault(const char* rule) {
    const HttpReply reply = Http("POST", "/drydock/faults", rule);
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
  }
  void Job(const std::string& id) {
    const json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}}, {"document", "{}"}};
    REQUIRE(Http("PUT", "/jobs/" + id, body.dump()).status == 200);
  }
  // What a request of pi-1 brings, as topics.
  std::string Ask(const std::string& operation, std::string payload = "{}") {
    outlet.Topics();
    dock.OnMessage("$aws/things/pi-1/jobs/" + operation, std::move(payload));
    last = outlet.Last();
    return outlet.Topics();
  }

  std::atomic<int64_t> now{1787000000000};
  Service service;
  Recorder outlet;
  std::ostringstream log;
  History history{&log};
  std::string last;
  Dock dock{service, outlet, history, {}, [this] { return Instant(milliseconds(now)); }};

  Stage() { REQUIRE(Http("POST", "/things/pi-1", "{}").status == 200); }
};

constexpr const char* kDone = R"({"status":"SUCCEEDED"})";

TEST_CASE("the reply goes first, then notify, then notify-next") {
  Stage stage;
  stage.Job("j");
  CHECK(stage.outlet.Topics() == "notify notify-next ");
  CHECK(stage.Ask("j/update", kDone) == "j/update/accepted notify notify-next ");
}

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

TEST_CASE("a rule that could never fire is refused") {
  Stage stage;
  for (const char* rule :
       {"{}", "[]", "{", R"({"on":"reply"})", R"({"on":"reply","do":"reject","code":"InternalError"})",
        R"({"on":"notify","do":"cancel-after"})", R"({"on":"request","do":"delay","ms":5})",
        R"({"on":"request","do":"reject"})", R"({"on":"request","do":"reject","code":"Oops"})",
        R"({"on":"reply","do":"drop","operation":"Update"})", R"({"on":"reply","do":"drop","times":1})",
        R"({"on":"reply","do":"drop","count":0})", R"({"on":"reply","do":"drop","ms":-1})"}) {
    CAPTURE(rule);
    CHECK(stage.Http("POST", "/drydock/faults", rule).status == 400);
  }
  CHECK(json::parse(stage.Http("GET", "/drydock/faults").body)["faults"].empty());
  CHECK(stage.Http("DELETE", "/drydock/faults/1").status == 404);
}

TEST_CASE("any raw message goes out as it is") {
  Stage stage;
  CHECK(stage
            .Http("POST", "/drydock/publish",
                  R"({"topic":"$aws/things/pi-1/jobs/notify-next","payload":"{bad"})")
            .status == 200);
  CHECK(stage.outlet.Last() == "{bad");
  CHECK(stage.outlet.Topics() == "notify-next ");
  for (const char* body : {"{}", R"({"topic":"a/#","payload":""})", R"({"topic":"a","payload":{}})"}) {
    CHECK(stage.Http("POST", "/drydock/publish", body).status == 400);
  }
}

TEST_CASE("a raw job carries what the control plane refuses") {
  Stage stage;
  const std::string document = "{not json " + std::string(40000, 'x');
  CHECK(stage.Http("PUT", "/drydock/jobs/raw?thing=pi-1", document).status == 200);
  CHECK(stage.outlet.Last().find("\"jobDocument\":" + document + "}") != std::string::npos);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw?thing=pi-1", "{}").status == 400);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw2?thing=pi-9", "{}").status == 400);
  CHECK(stage.Http("PUT", "/drydock/jobs/raw2", "{}").status == 400);
}

TEST_CASE("a timer runs out by itself") {
  Stage stage;
  stage.Job("j");
  stage.Ask("start-next", R"({"stepTimeoutInMinutes":1})");
  stage.now += 60000;
  REQUIRE(stage.outlet.Wait(2));  // within the second in which the dock looks
  CHECK(stage.outlet.Topics() == "notify notify-next ");
}

TEST_CASE("the history has who said what, when and what was decided, a line each") {
  Stage stage;
  stage.Job("j");
  stage.Ask("j/update", "{\"status\":\"\xff");
  std::istringstream lines(stage.Http("GET", "/drydock/history?after=1").body);
  std::string kinds;
  uint64_t n = 1;
  for (std::string line; std::getline(lines, line);) {
    const json entry = json::parse(line);
    kinds += entry["kind"].get<std::string>() + " ";
    CHECK(entry["n"] == ++n);
    CHECK(entry["at"] == 1787000000000);
  }
  CHECK(kinds == "http mqtt-out mqtt-out mqtt-in mqtt-out ");
  CHECK(stage.log.str().ends_with(stage.Http("GET", "/drydock/history?after=1").body));
}

}  // namespace
}  // namespace kedge::drydock
