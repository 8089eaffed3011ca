// The history: what happened, told in entries, and asked for with and without waiting.

#include "history.h"

#include <doctest/doctest.h>

#include <sstream>
#include <thread>

#include "dock_stage.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

TEST_CASE("the history has who said what, when and what was decided, a line each") {
  Stage stage;
  stage.Job("j");
  stage.Ask("j/update", "{\"status\":\"\xff");
  uint64_t n = 1;
  for (const json& entry : stage.Entries(1)) {
    CHECK(entry["n"] == ++n);
    CHECK(entry["at"] == 1787000000000);
  }
  CHECK(stage.Kinds(1) == "http execution mqtt-out mqtt-out mqtt-in mqtt-out ");
  CHECK(stage.log.str().ends_with(stage.Http("GET", "/drydock/history?after=1").body));
}

TEST_CASE("a history file that cannot be written is told once, and no half line follows another") {
  std::ostringstream file;
  int told = 0;
  History history(&file, [&] { ++told; });
  history.Record(Instant(), "start", json::object());
  const std::string before = file.str();
  file.setstate(std::ios::badbit);  // the disk is full
  history.Record(Instant(), "clock", json::object());
  file.clear();
  history.Record(Instant(), "clock", json::object());
  CHECK(told == 1);
  CHECK(file.str() == before);
  CHECK(history.Has(2, ""));  // GET /drydock/history has them all the same
}

TEST_CASE("a request's entry: accepted with the new version, rejected with the code, or lost") {
  Stage stage;
  stage.Job("j");
  const auto entry = [&](const char* operation, const char* payload) {
    const uint64_t before = stage.history.last();
    stage.Ask(operation, payload);
    return stage.Entries(before)[0];
  };
  json accepted = entry("j/update", R"({"status":"IN_PROGRESS"})");
  CHECK(accepted["kind"] == "mqtt-in");
  CHECK(accepted["thing"] == "pi-1");
  CHECK(accepted["operation"] == "update");
  CHECK(accepted["job"] == "j");
  CHECK(accepted["decided"] == "accepted");
  CHECK(accepted["version"] == 2);
  json rejected = entry("j/update", R"({"status":"SUCCEEDED","expectedVersion":7})");
  CHECK(rejected["decided"] == "rejected");
  CHECK(rejected["code"] == "VersionMismatch");
  CHECK_FALSE(rejected.contains("version"));
  CHECK(entry("get", "{}")["decided"] == "accepted");
  stage.Fault(R"({"on":"request","do":"drop"})");
  CHECK(entry("get", "{}")["decided"] == "lost");
}

TEST_CASE("a request's entry has the version that the update made, also when the execution is tried again") {
  Stage stage;
  const json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}},
                     {"document", "{}"},
                     {"jobExecutionsRetryConfig",
                      {{"criteriaList", {{{"failureType", "FAILED"}, {"numberOfRetries", 1}}}}}}};
  REQUIRE(stage.Http("PUT", "/jobs/j", body.dump()).status == 200);
  const uint64_t before = stage.history.last();
  stage.Ask("j/update", R"({"status":"FAILED"})");
  CHECK(stage.Entries(before)[0]["version"] == 2);
}

TEST_CASE("what the agent says beside the Jobs topics is in the history too, whatever it is") {
  Stage stage;
  const uint64_t before = stage.history.last();
  stage.dock.OnMessage("kedge/things/pi-1/cancel/accepted", R"({"clientToken":"nobody's"})");
  stage.dock.OnMessage("kedge/things/pi-2/state", "{bad");
  CHECK(stage.Kinds(before) == "device device ");
  const json entry = stage.Entries(before)[0];
  CHECK(entry["thing"] == "pi-1");
  CHECK(entry["topic"] == "kedge/things/pi-1/cancel/accepted");
  CHECK(entry["payload"] == R"({"clientToken":"nobody's"})");
  CHECK(stage.Entries(before, "&thing=pi-2")[0]["payload"] == "{bad");
}

TEST_CASE("an HTTP entry has the operation by AWS's name, the thing, the status and the code") {
  Stage stage;
  const uint64_t before = stage.history.last();
  stage.Http("PUT", "/things/pi-1/jobs/j/cancel?force=true", "{}");
  stage.DataPlane("GET", "/things/pi-1/jobs");
  const auto entries = stage.Entries(before);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0]["kind"] == "http");
  CHECK(entries[0]["operation"] == "CancelJobExecution");
  CHECK(entries[0]["thing"] == "pi-1");
  CHECK(entries[0]["status"] == 404);
  CHECK(entries[0]["code"] == "ResourceNotFoundException");
  CHECK(entries[1]["operation"] == "GetPendingJobExecutions");
  CHECK(entries[1]["status"] == 200);
}

TEST_CASE("what became of an execution, and whether a device, an operator, a timer or a fault did it") {
  Stage stage;
  const auto became = [&](uint64_t before) {
    std::string text;
    for (const json& entry : stage.Entries(before)) {
      if (entry["kind"] != "execution" && entry["kind"] != "timer") continue;
      text += entry["kind"].get<std::string>() + " " + entry["job"].get<std::string>() + " " +
              entry.value("from", "-") + ">" + entry.value("to", "-") + " v" + entry["version"].dump() +
              " by " + entry["by"].get<std::string>() + "\n";
    }
    return text;
  };
  stage.Job("j");
  stage.Ask("start-next", R"({"stepTimeoutInMinutes":1})");
  stage.now += 60000;
  stage.Ask("get");
  CHECK(became(0) ==
        "execution j ->QUEUED v1 by http\n"
        "execution j QUEUED>IN_PROGRESS v2 by mqtt\n"
        "timer j IN_PROGRESS>TIMED_OUT v3 by timer\n");
  const uint64_t before = stage.history.last();
  stage.Job("k");
  stage.Fault(R"({"on":"request","do":"cancel-after","operation":"update","count":1})");
  stage.Ask("k/update", R"({"status":"IN_PROGRESS"})");
  CHECK(became(before) ==
        "execution k ->QUEUED v1 by http\n"
        "execution k QUEUED>IN_PROGRESS v2 by mqtt\n"
        "execution k IN_PROGRESS>CANCELED v3 by fault\n");
}

TEST_CASE("a fault's entry names the rule, what it did and to which message, and keeps what was dropped") {
  Stage stage;
  stage.Fault(R"({"on":"request","do":"cancel-before","operation":"update","count":1})");
  stage.Fault(R"({"on":"reply","do":"drop"})");
  stage.Fault(R"({"on":"http","do":"reject","code":"InternalError"})");
  const uint64_t before = stage.history.last();
  stage.Ask("j/update", R"({"status":"IN_PROGRESS"})");
  stage.Http("GET", "/jobs");
  std::vector<json> faults;
  for (const json& entry : stage.Entries(before)) {
    if (entry["kind"] == "fault") faults.push_back(entry);
  }
  REQUIRE(faults.size() == 3);
  CHECK(faults[0]["rule"] == 1);
  CHECK(faults[0]["did"] == "cancel-before");
  CHECK(faults[0]["to"] == "$aws/things/pi-1/jobs/j/update");
  CHECK(faults[0]["outcome"].get<std::string>().find("j") != std::string::npos);
  CHECK(faults[0]["job"] == "j");
  CHECK_FALSE(faults[0].contains("payload"));
  CHECK(faults[1]["rule"] == 2);
  CHECK(faults[1]["job"] == "j");
  CHECK(faults[1]["topic"] == "$aws/things/pi-1/jobs/j/update/rejected");
  CHECK(json::parse(faults[1]["payload"].get<std::string>())["code"] == "ResourceNotFound");
  CHECK(faults[2]["rule"] == 3);
  CHECK(faults[2]["to"] == "GET /jobs");
}

TEST_CASE("rules that come and go, and jumps of the clock, are in the history") {
  Stage stage;
  const uint64_t before = stage.history.last();
  stage.Fault(R"({"on":"reply","do":"drop"})");
  stage.Http("DELETE", "/drydock/faults/1");
  stage.Http("DELETE", "/drydock/faults");
  stage.Http("POST", "/drydock/clock", R"({"offset_ms":5000})");
  stage.Http("POST", "/drydock/clock", R"({"jump_ms":-2000})");
  const auto entries = stage.Entries(before);
  CHECK(stage.Kinds(before) == "rule rule rule clock clock ");
  CHECK(entries[0]["fault"]["do"] == "drop");
  CHECK(entries[0]["rule"] == 1);
  CHECK(entries[1]["did"] == "removed");
  CHECK(entries[2]["did"] == "removed all");
  CHECK(entries[4]["jump_ms"] == -2000);
  CHECK(entries[4]["offset_ms"] == 3000);
  CHECK(entries[4]["at"] == 1787000003000);
}

TEST_CASE("asked for: after a number, after now, of one thing, and with what to ask for next") {
  Stage stage;
  REQUIRE(stage.Http("POST", "/things/pi-2", "{}").status == 200);
  stage.dock.OnMessage("$aws/things/pi-2/jobs/get", "{}");
  stage.Ask("get");
  CHECK(stage.Entries(0).size() == 6);
  CHECK(stage.Entries(4).size() == 2);
  CHECK(stage.Entries(0, "&thing=pi-2").size() == 3);
  CHECK(stage.Entries(99).size() == 6);  // of another run
  const HttpReply reply = stage.Http("GET", "/drydock/history?after=now");
  CHECK(reply.body.empty());
  CHECK(reply.content_type == "application/x-ndjson");
  CHECK(reply.headers.at("drydock-last") == "6");
  CHECK(reply.headers.at("drydock-run") == "1787000000000");
  for (const char* query : {"?after=x", "?after=-1", "?wait=26", "?wait=x", "?thing=", "?before=1"}) {
    CAPTURE(query);
    CHECK(stage.Http("GET", std::string("/drydock/history") + query).status == 400);
  }
  CHECK(stage.Http("GET", "/drydock/historyx").status == 404);
  CHECK(stage.Http("DELETE", "/drydock/history").status == 404);
}

TEST_CASE("whoever waits for news is woken by them, each time, and not by those of other things") {
  Stage stage;
  constexpr uint64_t kRounds = 50;
  std::atomic<uint64_t> heard{stage.history.last()};
  std::atomic<int> in_vain{0};
  std::thread listener([&] {
    const uint64_t until = heard + 2 * kRounds;  // a request and a reply each
    while (heard < until) {
      const auto entries = stage.Entries(heard, "&wait=25&thing=pi-1");
      if (entries.empty()) ++in_vain;
      for (const json& entry : entries) heard = entry["n"].get<uint64_t>();
    }
  });
  for (uint64_t i = 0; i < kRounds; ++i) {
    const uint64_t before = stage.history.last();
    stage.Ask("get");
    while (heard < before + 2) std::this_thread::yield();
  }
  listener.join();
  CHECK(in_vain == 0);
}

TEST_CASE("once waits have ended, nobody waits any more") {
  Stage stage;
  std::thread waiting([&] { CHECK(stage.Entries(stage.history.last(), "&wait=25").empty()); });
  stage.dock.EndWaits();
  waiting.join();
  // Together longer than a test may take, if they waited.
  for (int i = 0; i < 6; ++i) CHECK(stage.Entries(stage.history.last(), "&wait=25").empty());
}

TEST_CASE("only so many entries are kept, and only so many bytes") {
  History many(nullptr);
  for (std::size_t i = 0; i < History::kKept + 10; ++i) many.Record(Instant(), "x", json::object());
  CHECK(many.Since(0).starts_with("{\"n\":11,"));
  CHECK(many.Since(many.last() - 1) == "{\"n\":20010,\"at\":0,\"kind\":\"x\"}\n");
  CHECK(many.Since(many.last()).empty());

  History large(nullptr);
  const json mebibyte = {{"payload", std::string(std::size_t{1} << 20U, 'x')}};
  for (int i = 0; i < 40; ++i) large.Record(Instant(), "x", mebibyte);
  CHECK(large.Since(0).size() <= History::kKeptBytes);
  CHECK(large.Since(0).starts_with("{\"n\":10,"));
}

}  // namespace
}  // namespace kedge::drydock
