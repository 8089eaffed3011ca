// A device's requests over HTTP and over MQTT, malformed in every member: the documented error, and nothing
// has changed.

#include <doctest/doctest.h>

#include "malformed.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kRequest = "InvalidRequest";  // over MQTT

RestTable StartNextTable() {
  return {"StartNextPendingJobExecution",
          true,
          "PUT",
          "/things/{pi-1}/jobs/$next",
          {{"statusDetails", Pairs(10)}, {"stepTimeoutInMinutes", 10080}},
          {
              {"/statusDetails", Pairs(11)},
              {"/statusDetails/k0", ""},
              {"/statusDetails/k0", std::string(1025, 'v')},
              {"/stepTimeoutInMinutes", 0},
              {"/stepTimeoutInMinutes", -1},
              {"/stepTimeoutInMinutes", 10081},
          }};
}

RestTable UpdateTable() {
  return {"UpdateJobExecution",
          true,
          "POST",
          "/things/{pi-1}/jobs/{running}",
          {{"status", "IN_PROGRESS"},
           {"statusDetails", Pairs(10)},
           {"stepTimeoutInMinutes", -1},
           {"expectedVersion", 2},
           {"executionNumber", 1},
           {"includeJobExecutionState", true},
           {"includeJobDocument", true}},
          {
              {"/status", nullptr},
              {"/status", "QUEUED"},
              {"/status", "CANCELED"},
              {"/status", "TIMED_OUT"},
              {"/status", "REMOVED"},
              {"/status", "succeeded"},
              {"/statusDetails", Pairs(11)},
              {"/statusDetails", {{"a b", "v"}}},
              {"/statusDetails/k0", "tab\t"},
              {"/stepTimeoutInMinutes", 0},
              {"/stepTimeoutInMinutes", -2},
              {"/expectedVersion", -1},
              {"/expectedVersion", 3, "InvalidStateTransitionException"},
              {"/executionNumber", -1},
              {"/executionNumber", 2, "ResourceNotFoundException"},
          }};
}

MqttTable MqttGet() { return {"GetPendingJobExecutions", "get", {{"clientToken", "t"}}, {}}; }

MqttTable MqttStartNext() {
  return {"StartNextPendingJobExecution",
          "start-next",
          {{"statusDetails", Pairs(10)}, {"stepTimeoutInMinutes", 1}, {"clientToken", "t"}},
          {
              {"/statusDetails", Pairs(11), kRequest},
              {"/statusDetails/k0", "", kRequest},
              {"/statusDetails/k0", std::string(1025, 'v'), kRequest},
              {"/statusDetails/k0", "\xC2\x85", kRequest},
              {"/statusDetails", {{"k/l", "v"}}, kRequest},
              {"/stepTimeoutInMinutes", 0, kRequest},
              {"/stepTimeoutInMinutes", -1, kRequest},
              {"/stepTimeoutInMinutes", 10081, kRequest},
          }};
}

MqttTable MqttDescribe(const std::string& topic) {
  return {"DescribeJobExecution",
          topic,
          {{"executionNumber", 1}, {"includeJobDocument", false}, {"clientToken", "t"}},
          {
              {"/executionNumber", -1, kRequest},
              {"/executionNumber", "one", kRequest},
              {"/includeJobDocument", "true", kRequest},
          }};
}

MqttTable MqttUpdate() {
  return {"UpdateJobExecution",
          "running/update",
          {{"status", "IN_PROGRESS"},
           {"statusDetails", Pairs(10)},
           {"stepTimeoutInMinutes", 1},
           {"expectedVersion", "2"},
           {"executionNumber", 1},
           {"includeJobExecutionState", true},
           {"includeJobDocument", true},
           {"clientToken", "t"}},
          {
              {"/status", nullptr, kRequest},
              {"/status", "QUEUED", kRequest},
              {"/status", "CANCELED", kRequest},
              {"/status", "in_progress", kRequest},
              {"/statusDetails", Pairs(11), kRequest},
              {"/statusDetails/k0", "two\nlines", kRequest},
              {"/stepTimeoutInMinutes", 0, kRequest},
              {"/expectedVersion", "", kRequest},
              {"/expectedVersion", "2 ", kRequest},
              {"/expectedVersion", -1, kRequest},
              {"/expectedVersion", 3, "VersionMismatch"},
              {"/executionNumber", 9223372036854775808U, kRequest},
              {"/executionNumber", 2, "ResourceNotFound"},
          }};
}

TEST_CASE("the data plane's requests, malformed, change nothing") {
  Check(StartNextTable());
  Check(UpdateTable());
  const RestTable post{"", true, "POST", "", {}, {}};
  const std::string body = R"({"status":"SUCCEEDED"})";
  CheckRefused(post, "/things/pi-1/jobs/ended", body, "InvalidStateTransitionException");
  CheckRefused(post, "/things/pi-1/jobs/nothing", body, "ResourceNotFoundException");
  CheckRefused(post, "/things/pi-9/jobs/running", body, "ResourceNotFoundException");
  CheckRefused(post, "/things/pi-1/jobs/$next", body, kInvalid);
  CheckRefused({"", true, "GET", "", {}, {}}, "/things/pi-1/jobs/ended", "", "TerminalStateException");
}

TEST_CASE("a device's requests, malformed in every member, are rejected and change nothing") {
  Check(MqttGet());
  Check(MqttStartNext());
  for (const char* topic : {"running/get", "$next/get"}) {
    Check(MqttDescribe(topic));
  }
  Check(MqttUpdate());
  CheckRejected("nothing/update", R"({"status":"FAILED"})", "ResourceNotFound");
  CheckRejected("ended/update", R"({"status":"FAILED"})", "InvalidStateTransition");
  CheckRejected("ended/get", "", "TerminalStateReached");
  CheckRejected("$next/update", R"({"status":"FAILED"})", kRequest);
  CheckRejected("a b/update", R"({"status":"FAILED"})", kRequest);
  CheckRejected(std::string(65, 'j') + "/get", "", kRequest);
  for (const char* topic :
       {"nothing", "running/delete", "running/get/more", "/get", "running/", "start-next/"}) {
    CheckRejected(topic, "{", "InvalidTopic");
  }
}

}  // namespace

std::vector<RestTable> DeviceTables() { return {StartNextTable(), UpdateTable()}; }

std::vector<MqttTable> MqttTables() {
  return {MqttGet(), MqttStartNext(), MqttDescribe("running/get"), MqttDescribe("$next/get"), MqttUpdate()};
}

}  // namespace kedge::drydock
