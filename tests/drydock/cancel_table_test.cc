// The case table of reference aws-iot-jobs.md, 5.2: what an operator's action does to the execution, what the
// device is sent, and what it is answered afterwards.

#include <doctest/doctest.h>

#include <set>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

const std::string kNobody = R"({"timestamp":1787000000})";

// Two queued jobs, "head" and "other"; optionally the first one started.
struct Stage : Scene {
  explicit Stage(bool running) {
    CreateJob("head");
    CreateJob("other");
    if (running) Device("start-next");
    Events();
  }
  // What the operator's call makes the device hear. Checks rule 5.1 by what the device can ask: each event
  // says what the queries say, and there is one exactly when list or head are others than before.
  Trace After(const std::string& method, const std::string& target, const std::string& body = "{}") {
    const json list_before = List();
    const json head_before = Head();
    reply = Operator(method, target, method == "DELETE" ? "" : body);
    const Trace expected =
        (List() == list_before ? Trace() : Said({{"notify", Notify().dump()}})) +
        (Head() == head_before ? Trace() : Said({{"notify-next", Ask("$next/get").dump()}}));
    const Trace heard = Events();
    CHECK(heard == expected);
    return heard;
  }
  // The topics of the trace only.
  std::string Topics(const std::string& method, const std::string& target, const std::string& body = "{}") {
    const Trace trace = After(method, target, body);
    std::string topics;
    if (trace.find("notify {") != std::string::npos) topics += "notify ";
    if (trace.find("notify-next {") != std::string::npos) topics += "notify-next ";
    return topics;
  }
  json Update(const std::string& job_id) { return Ask(job_id + "/update", R"({"status":"SUCCEEDED"})"); }

  HttpReply reply;

 private:
  // The list of notify, from the answer to `get`.
  json Notify() {
    const json lists = Ask("get");
    json jobs = json::object();
    if (!lists["inProgressJobs"].empty()) jobs["IN_PROGRESS"] = lists["inProgressJobs"];
    if (!lists["queuedJobs"].empty()) jobs["QUEUED"] = lists["queuedJobs"];
    return {{"timestamp", lists["timestamp"]}, {"jobs", jobs}};
  }
  // Who is on the list, and who is its head: job ids.
  json List() {
    std::set<std::string> ids;
    const json lists = Ask("get");
    for (const char* list : {"inProgressJobs", "queuedJobs"}) {
      for (const json& execution : lists[list]) ids.insert(execution["jobId"]);
    }
    return ids;
  }
  json Head() {
    const json next = Ask("$next/get");
    return next.contains("execution") ? next["execution"]["jobId"] : json();
  }
};

constexpr const char* kBoth = "notify notify-next ";

TEST_CASE("row 1: CancelJob of the queued head: CANCELED, and the next one is named") {
  Stage stage(false);
  CHECK(stage.Topics("PUT", "/jobs/head/cancel") == kBoth);
  CHECK(stage.Execution("head")["status"] == "CANCELED");
  CHECK(stage.Execution("head")["forceCanceled"] == false);
  CHECK(stage.Job("head")["status"] == "CANCELED");
  CHECK(stage.After("PUT", "/jobs/other/cancel") ==
        Said({{"notify", R"({"timestamp":1787000000,"jobs":{}})"}, {"notify-next", kNobody}}));
}

TEST_CASE("row 2: CancelJob of a queued one behind the head: only the list is news") {
  Stage stage(false);
  CHECK(stage.Topics("PUT", "/jobs/other/cancel") == "notify ");
  CHECK(stage.Execution("other")["status"] == "CANCELED");
}

TEST_CASE("row 3: CancelJob leaves a running execution alone: the device hears nothing and may finish") {
  Stage stage(true);
  CHECK(stage.Topics("PUT", "/jobs/head/cancel", R"({"comment":"stop it","reasonCode":"OPERATOR"})").empty());
  CHECK(stage.Job("head")["status"] == "CANCELED");
  CHECK(stage.Job("head")["comment"] == "stop it");
  CHECK(stage.Job("head")["reasonCode"] == "OPERATOR");
  CHECK_FALSE(stage.Job("head").contains("forceCanceled"));
  CHECK(stage.Execution("head")["status"] == "IN_PROGRESS");
  CHECK(stage.Update("head") == json::parse(kNobody));
  CHECK(stage.Execution("head")["status"] == "SUCCEEDED");
  CHECK(stage.Job("head")["status"] == "CANCELED");
}

TEST_CASE("rows 4 and 5: CancelJob by force takes the running execution away as well") {
  Stage stage(true);
  CHECK(stage.Topics("PUT", "/jobs/head/cancel?force=true") == kBoth);
  CHECK(stage.Execution("head")["status"] == "CANCELED");
  CHECK(stage.Execution("head")["forceCanceled"] == true);
  CHECK(stage.Job("head")["forceCanceled"] == true);
  const json late = stage.Update("head");
  CHECK(late["code"] == "InvalidStateTransition");
  CHECK(late["executionState"]["status"] == "CANCELED");
  CHECK(stage.Ask("head/get")["code"] == "TerminalStateReached");
  CHECK(stage.Topics("PUT", "/jobs/other/cancel", R"({"force":true})") == kBoth);
}

TEST_CASE("row 6: CancelJobExecution of a queued one, with the details that the operator gives") {
  Stage stage(false);
  CHECK(stage.Topics("PUT", "/things/pi-1/jobs/other/cancel", R"({"statusDetails":{"by":"me"}})") ==
        "notify ");
  CHECK(stage.Execution("other")["status"] == "CANCELED");
  CHECK(stage.Execution("other")["statusDetails"]["detailsMap"] == R"({"by":"me"})"_json);
  CHECK_FALSE(stage.Execution("other").contains("startedAt"));
  CHECK(stage.Topics("PUT", "/things/pi-1/jobs/head/cancel") == kBoth);
  CHECK(stage.reply.status == 200);
  CHECK(stage.reply.body.empty());
  CHECK(stage.Job("head")["status"] == "COMPLETED");
}

TEST_CASE(
    "row 7: CancelJobExecution of a running one without force is the operator's error, and nothing happens") {
  Stage stage(true);
  const json before = stage.Execution("head");
  for (const char* target : {"/things/pi-1/jobs/head/cancel", "/things/pi-1/jobs/head/cancel?force=false"}) {
    CHECK(stage.Topics("PUT", target).empty());
    CHECK(stage.reply.status == 409);
    CHECK(stage.reply.error_type == "InvalidStateTransitionException");
  }
  CHECK(stage.Execution("head") == before);
}

TEST_CASE("row 8: CancelJobExecution by force of a running one") {
  Stage stage(true);
  CHECK(stage.Topics("PUT", "/things/pi-1/jobs/head/cancel?force=true") == kBoth);
  CHECK(stage.Execution("head")["forceCanceled"] == true);
  CHECK(stage.Update("head")["executionState"]["status"] == "CANCELED");
}

TEST_CASE("row 9: what has ended cannot be cancelled, force or not") {
  Stage stage(false);
  stage.Update("head");
  stage.Events();
  const json before = stage.Execution("head");
  for (const char* target : {"/things/pi-1/jobs/head/cancel", "/things/pi-1/jobs/head/cancel?force=true"}) {
    CHECK(stage.Topics("PUT", target, R"({"statusDetails":{"by":"me"}})").empty());
    CHECK(stage.reply.status == 409);
    CHECK(stage.reply.error_type == "InvalidStateTransitionException");
  }
  CHECK(before["status"] == "SUCCEEDED");
  CHECK(stage.Execution("head") == before);
}

TEST_CASE("row 10: the wrong expected version: VersionConflictException, and nothing happens") {
  Stage stage(true);
  for (const std::string id : {"head", "other"}) {  // running and queued
    const json before = stage.Execution(id);
    CHECK(stage
              .Topics("PUT", "/things/pi-1/jobs/" + id + "/cancel?force=true",
                      R"({"expectedVersion":7,"statusDetails":{"by":"me"}})")
              .empty());
    CHECK(stage.reply.status == 409);
    CHECK(stage.reply.error_type == "VersionConflictException");
    CHECK(stage.Execution(id) == before);
  }
  CHECK(stage.Topics("PUT", "/things/pi-1/jobs/head/cancel?force=true", R"({"expectedVersion":2})") == kBoth);
}

TEST_CASE("row 11: the operator's status details replace the execution's, and a late update shows them") {
  Stage stage(true);
  stage.Device("head/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"2"}})");
  stage.After("PUT", "/things/pi-1/jobs/head/cancel?force=true",
              R"({"statusDetails":{"reason":"maintenance"}})");
  CHECK(stage.Update("head")["executionState"]["statusDetails"] == R"({"reason":"maintenance"})"_json);
  CHECK(stage.Execution("head")["statusDetails"]["detailsMap"] == R"({"reason":"maintenance"})"_json);
}

TEST_CASE("row 11: without details the device's own stay") {
  Stage stage(true);
  stage.Device("head/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"2"}})");
  stage.After("PUT", "/things/pi-1/jobs/head/cancel?force=true");
  CHECK(stage.Execution("head")["statusDetails"]["detailsMap"] == R"({"step":"2"})"_json);
}

TEST_CASE("row 12: DeleteJobExecution of a queued one") {
  Stage stage(false);
  CHECK(stage.Topics("DELETE", "/things/pi-1/jobs/head/executionNumber/1") == kBoth);
  CHECK(stage.Ask("head/get")["code"] == "ResourceNotFound");
  CHECK(stage.Update("head")["code"] == "ResourceNotFound");
  CHECK(stage.Job("head")["status"] == "COMPLETED");
}

TEST_CASE("row 13: DeleteJobExecution of a running one needs force") {
  Stage stage(true);
  CHECK(stage.Topics("DELETE", "/things/pi-1/jobs/head/executionNumber/1").empty());
  CHECK(stage.reply.error_type == "InvalidStateTransitionException");
  CHECK(stage.Execution("head")["status"] == "IN_PROGRESS");
}

TEST_CASE("row 14: DeleteJobExecution by force of a running one") {
  Stage stage(true);
  CHECK(stage.Topics("DELETE", "/things/pi-1/jobs/head/executionNumber/1?force=true") == kBoth);
  CHECK(stage.Update("head")["code"] == "ResourceNotFound");
}

TEST_CASE("row 15: DeleteJobExecution of an ended one is no news to the device") {
  Stage stage(false);
  stage.Update("head");
  stage.Events();
  CHECK(stage.Topics("DELETE", "/things/pi-1/jobs/head/executionNumber/1").empty());
  CHECK(stage.reply.status == 200);
  CHECK(stage.Ask("head/get")["code"] == "ResourceNotFound");
}

TEST_CASE("row 16: DeleteJob of a finished job, of an unfinished one it needs force") {
  Stage stage(false);
  CHECK(stage.Topics("DELETE", "/jobs/head").empty());
  CHECK(stage.reply.error_type == "InvalidStateTransitionException");
  stage.Update("head");
  stage.Events();
  CHECK(stage.Topics("DELETE", "/jobs/head").empty());
  CHECK(stage.reply.status == 200);
  CHECK(stage.Operator("GET", "/jobs/head").status == 404);
}

TEST_CASE("row 16: DeleteJob of a cancelled job takes along what was left running, and the device is told") {
  Stage stage(true);
  stage.After("PUT", "/jobs/head/cancel");
  CHECK(stage.Topics("DELETE", "/jobs/head") == kBoth);
  CHECK(stage.reply.status == 200);
  CHECK(stage.Update("head")["code"] == "ResourceNotFound");
}

TEST_CASE("row 17: DeleteJob by force takes a running execution with it, and the id may be used again") {
  Stage stage(true);
  CHECK(stage.Topics("DELETE", "/jobs/head?force=true") == kBoth);
  CHECK(stage.Update("head")["code"] == "ResourceNotFound");
  const json listed = json::parse(stage.Operator("GET", "/things/pi-1/jobs").body)["executionSummaries"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["jobId"] == "other");
  stage.CreateJob("head");
  CHECK(stage.Execution("head")["executionNumber"] == 1);
}

TEST_CASE("row 18: a timer that runs out ends the execution, and the device hears of it") {
  Stage stage(false);
  stage.Device("start-next", R"({"stepTimeoutInMinutes":1})");
  stage.Pass(std::chrono::seconds(60));
  const Trace trace = stage.Events();
  CHECK(trace.find(R"(notify {"jobs":{"QUEUED")") != std::string::npos);
  CHECK(trace.find("notify-next {") != std::string::npos);
  CHECK(stage.Update("head")["executionState"]["status"] == "TIMED_OUT");
}

TEST_CASE("a job that is over cannot be cancelled, in the words that Greengrass's tests look for") {
  Stage stage(false);
  stage.Update("head");
  stage.Events();
  stage.After("PUT", "/jobs/other/cancel");
  const auto refused = [&](const std::string& id, const char* words) {
    CHECK(stage.Topics("PUT", "/jobs/" + id + "/cancel?force=true").empty());
    CHECK(stage.reply.status == 400);
    CHECK(stage.reply.error_type == "InvalidRequestException");
    CHECK(stage.reply.body.find(words) != std::string::npos);
  };
  refused("head", "in status COMPLETED cannot");
  refused("other", "in status CANCELED cannot be");
}

}  // namespace
}  // namespace kedge::drydock
