// What `drydock watch` prints for each kind of entry.

#include "watch_line.h"

#include <doctest/doctest.h>

namespace kedge::drydock {
namespace {

using nlohmann::json;

std::string Line(const char* entry, const Look& look = {}) {
  return WatchLine("12:00:01.123", json::parse(entry), look);
}

TEST_CASE("a device's update: job, status, version, what was decided, and the details") {
  CHECK(
      Line(
          R"({"kind":"mqtt-in","thing":"pi-1","operation":"update","job":"j1","version":2,"decided":"accepted",
                 "payload":"{\"status\":\"IN_PROGRESS\",\"statusDetails\":{\"step\":\"1/2\"}}"})") ==
      R"(12:00:01.123  pi-1          -->      update j1 IN_PROGRESS v2 accepted  {"step":"1/2"})");
  CHECK(Line(R"({"kind":"mqtt-in","thing":"pi-1","operation":"update","job":"j1","decided":"rejected",
                 "code":"VersionMismatch","payload":"{bad"})") ==
        R"(12:00:01.123  pi-1          -->      update j1 rejected VersionMismatch  {bad)");
}

TEST_CASE(
    "the service's messages: replies with their code, notify with the list, notify-next with the head") {
  const auto said = [](const char* topic, const char* of, const char* payload) {
    const json entry = {
        {"kind", "mqtt-out"}, {"thing", "pi-1"},    {"topic", std::string("$aws/things/pi-1/jobs/") + topic},
        {"of", of},           {"payload", payload}, {"sent", true}};
    return WatchLine("t", entry, {}).substr(std::string("t  pi-1          <--      ").size());
  };
  CHECK(said("j1/update/rejected", "reply", R"({"code":"VersionMismatch","message":"Expected 1"})") ==
        "j1/update/rejected VersionMismatch  Expected 1");
  CHECK(said("notify", "notify",
             R"({"jobs":{"QUEUED":[{"jobId":"a"},{"jobId":"b"}],"IN_PROGRESS":[{"jobId":"c"}]}})") ==
        "notify IN_PROGRESS c, QUEUED a b");
  CHECK(said("notify", "notify", R"({"jobs":{}})") == "notify nothing pending");
  CHECK(said("notify-next", "notify-next", R"({"timestamp":1})") == "notify-next nothing");
  CHECK(said("notify-next", "notify-next",
             R"({"execution":{"jobId":"j1","status":"QUEUED","versionNumber":1}})") ==
        "notify-next j1 QUEUED v1");
  CHECK(said("notify-next", "raw", "{bad") == "notify-next  {bad");
}

TEST_CASE("what the agent says beside the Jobs topics: its state, and whether it will stop") {
  const auto said = [](const char* topic, const json& payload) {
    const json entry = {{"kind", "device"},
                        {"thing", "pi-1"},
                        {"topic", std::string("kedge/things/pi-1/") + topic},
                        {"payload", payload.is_string() ? payload.get<std::string>() : payload.dump()}};
    return WatchLine("t", entry, {});
  };
  CHECK(said("state", {{"state", "running"}, {"job", "j1"}}) == "t  pi-1          -->      state running j1");
  CHECK(said("cancel/accepted", {{"clientToken", "x"}, {"message", "after step 1/2"}}) ==
        "t  pi-1          -->      cancel/accepted  after step 1/2");
  CHECK(Line(R"({"kind":"mqtt-out","thing":"pi-1","topic":"kedge/things/pi-1/cancel","of":"raw","payload":"{",
                 "sent":true})") == "12:00:01.123  pi-1          <--      cancel  {");
  CHECK(said("cancel/rejected", "{bad") == "t  pi-1          -->      cancel/rejected  {bad");
}

TEST_CASE("a message that no broker took says so") {
  CHECK(Line(R"({"kind":"mqtt-out","thing":"pi-1","topic":"$aws/things/pi-1/jobs/notify","of":"notify",
                 "payload":"{\"jobs\":{}}","sent":false})") ==
        "12:00:01.123  pi-1          <--      notify nothing pending NOT SENT: no broker");
}

TEST_CASE("operators, timers, executions, faults, rules, the clock and the start") {
  CHECK(
      Line(
          R"({"kind":"http","thing":"pi-1","operation":"CancelJobExecution","op":"PUT /things/pi-1/jobs/j/cancel",
                 "status":404,"code":"ResourceNotFoundException","answer":"{\"message\":\"no such\"}","payload":"{}"})") ==
      "12:00:01.123  pi-1          operator CancelJobExecution PUT /things/pi-1/jobs/j/cancel 404 "
      "ResourceNotFoundException  no such");
  CHECK(
      Line(
          R"({"kind":"timer","thing":"pi-1","job":"j","number":1,"from":"IN_PROGRESS","to":"TIMED_OUT","version":3,
                 "by":"timer"})") == "12:00:01.123  pi-1          timer    j #1 IN_PROGRESS -> TIMED_OUT v3");
  CHECK(
      Line(
          R"({"kind":"execution","thing":"pi-1","job":"j","number":1,"to":"QUEUED","version":1,"by":"http"})") ==
      "12:00:01.123  pi-1          job      j #1 new -> QUEUED v1 by http");
  CHECK(Line(R"({"kind":"fault","thing":"pi-1","rule":3,"did":"drop","to":"$aws/things/pi-1/jobs/get"})") ==
        "12:00:01.123  pi-1          fault    rule 3 drop get");
  CHECK(Line(R"({"kind":"rule","did":"added","rule":3,"fault":{"on":"reply"}})") ==
        R"(12:00:01.123                rule     added 3  {"on":"reply"})");
  CHECK(Line(R"({"kind":"clock","jump_ms":-5,"offset_ms":10})") ==
        "12:00:01.123                clock    jumps -5 ms, now 10 ms off the machine's");
  CHECK(
      Line(
          R"({"kind":"start","version":"1","seed":7,"faults":[],"readings":{"chatty-notify":true,"x":false}})") ==
      "12:00:01.123                start    drydock 1 seed 7 readings chatty-notify");
}

TEST_CASE("an entry of an unknown kind is shown as it came, and rubbish does no harm") {
  CHECK(Line(R"({"n":1,"at":2,"kind":"oci","thing":"pi-1","what":"created"})") ==
        R"(12:00:01.123  pi-1          oci      {"what":"created"})");
  for (const char* entry :
       {"1", "[]", "{}", R"({"kind":5})", R"({"kind":"mqtt-out","sent":1,"payload":3})",
        R"({"kind":"mqtt-out","of":"notify","payload":"{\"jobs\":{\"QUEUED\":1}}"})",
        R"({"kind":"start","readings":3,"faults":{}})", R"({"kind":"clock","jump_ms":"x"})",
        R"({"kind":"mqtt-in","payload":"[1]","version":{}})", R"({"kind":"http","answer":[]})"}) {
    CAPTURE(entry);
    CHECK_FALSE(Line(entry).empty());
  }
}

TEST_CASE("a line is cut to the terminal's width, by characters, and colour does not count") {
  const char* entry = R"({"kind":"fault","thing":"küche","rule":1,"did":"drop","to":"äöü"})";
  CHECK(Line(entry) == "12:00:01.123  küche         fault    rule 1 drop äöü");
  CHECK(Line(entry, {.width = 52}) == "12:00:01.123  küche         fault    rule 1 drop äöü");
  CHECK(Line(entry, {.width = 51}) == "12:00:01.123  küche         fault    rule 1 drop...");
  CHECK(Line(entry, {.width = 2}) == "..");
  CHECK(Line(entry, {.width = 51, .colour = true}) ==
        "\x1b[2m12:00:01.123  küche         \x1b[0m\x1b[31mfault    \x1b[0mrule 1 drop...");
}

TEST_CASE("what others wrote cannot move the cursor") {
  const json entry = {
      {"kind", "mqtt-in"}, {"thing", "a\x1b[2J"}, {"operation", "update"}, {"payload", "x\n\xc2\x9b\x7f"}};
  const std::string line = WatchLine("t", entry, {});
  CHECK(line == "t  a?[2J         -->      update  x???");
}

}  // namespace
}  // namespace kedge::drydock
