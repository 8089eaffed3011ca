// Timers, retries and numbers (reference aws-iot-jobs.md, 3.4 to 3.7).

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

json Timeout(int minutes) { return {{"timeoutConfig", {{"inProgressTimeoutInMinutes", minutes}}}}; }

json Retry(const char* type, int times) {
  return {{"jobExecutionsRetryConfig",
           {{"criteriaList", {{{"failureType", type}, {"numberOfRetries", times}}}}}}};
}

TEST_CASE("the job's timer starts with IN_PROGRESS, not while queued") {
  Scene scene;
  scene.CreateJob("j", Timeout(20));
  scene.Pass(minutes(60));
  CHECK(scene.Execution("j")["status"] == "QUEUED");
  CHECK_FALSE(scene.service.NextDeadline());
  scene.Device("start-next");
  CHECK(scene.service.NextDeadline() == scene.now + minutes(20));
  scene.Pass(minutes(20) - std::chrono::milliseconds(1));
  CHECK(scene.Execution("j")["status"] == "IN_PROGRESS");
  scene.Pass(std::chrono::milliseconds(1));
  CHECK(scene.Execution("j")["status"] == "TIMED_OUT");
  CHECK(scene.Execution("j")["versionNumber"] == 3);
  CHECK_FALSE(scene.service.NextDeadline());
}

TEST_CASE("the documentation's example: step timers move, and cannot outlive the job's timer") {
  Scene scene;
  scene.CreateJob("j", Timeout(20));
  scene.Device("start-next");
  const auto left = [&] { return scene.Ask("j/get")["execution"]["approximateSecondsBeforeTimedOut"]; };
  CHECK(left() == 20 * 60);
  scene.Pass(minutes(5));
  scene.Device("j/update", R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":7})");
  CHECK(left() == 7 * 60);
  scene.Pass(minutes(5));
  scene.Device("j/update", R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":5})");
  CHECK(left() == 5 * 60);
  scene.Pass(minutes(3));
  scene.Device("j/update", R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":9})");
  CHECK(left() == 7 * 60);
  scene.Device("j/update", R"({"status":"IN_PROGRESS"})");
  scene.Pass(minutes(7));
  CHECK(scene.Execution("j")["status"] == "TIMED_OUT");
}

TEST_CASE("jobProcessDetails counts things: one that is tried again is queued, not failed") {
  Scene scene;
  scene.CreateJob("j", Retry("FAILED", 1));
  scene.Device("j/update", R"({"status":"FAILED"})");
  const json details = scene.Job("j")["jobProcessDetails"];
  CHECK(details["numberOfFailedThings"] == 0);
  CHECK(details["numberOfQueuedThings"] == 1);
}

TEST_CASE("-1 discards the step timer, an update without the member leaves it") {
  Scene scene;
  scene.CreateJob("j");
  scene.Device("start-next", R"({"stepTimeoutInMinutes":2})");
  scene.Device("j/update", R"({"status":"IN_PROGRESS"})");
  CHECK(scene.service.NextDeadline() == scene.now + minutes(2));
  scene.Device("j/update", R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":-1})");
  CHECK_FALSE(scene.service.NextDeadline());
  CHECK(scene.Ask("start-next", R"({"stepTimeoutInMinutes":-1})")["code"] == "InvalidRequest");
}

TEST_CASE("a request that comes after the deadline meets the timeout, tick or no tick") {
  Scene scene;
  scene.CreateJob("j");
  scene.Device("start-next", R"({"stepTimeoutInMinutes":1})");
  scene.Events();
  scene.now += minutes(1);
  const json late = scene.Ask("j/update", R"({"status":"SUCCEEDED"})");
  CHECK(late["executionState"]["status"] == "TIMED_OUT");
}

TEST_CASE("an ended execution has no timer left") {
  Scene scene;
  scene.CreateJob("j", Timeout(5));
  scene.Device("start-next", R"({"stepTimeoutInMinutes":1})");
  CHECK(scene.Execution("j").contains("approximateSecondsBeforeTimedOut"));
  scene.Device("j/update", R"({"status":"SUCCEEDED"})");
  CHECK_FALSE(scene.Execution("j").contains("approximateSecondsBeforeTimedOut"));
  scene.Pass(minutes(10));
  CHECK(scene.Execution("j")["status"] == "SUCCEEDED");
}

TEST_CASE("a retry is a new execution number, seen as the empty list first and then the new execution") {
  Scene scene;
  scene.CreateJob("j", Retry("FAILED", 1));
  scene.Device("start-next");
  scene.Pass(seconds(1));
  const std::string again =
      R"({"jobId":"j","queuedAt":1787000001,"lastUpdatedAt":1787000001,"executionNumber":2,"versionNumber":1)";
  CHECK(scene.Device("j/update", R"({"status":"FAILED"})") ==
        Said({{"j/update/accepted", R"({"timestamp":1787000001})"},
              {"notify", R"({"timestamp":1787000001,"jobs":{}})"},
              {"notify-next", R"({"timestamp":1787000001})"},
              {"notify", R"({"timestamp":1787000001,"jobs":{"QUEUED":[)" + again + "}]}}"},
              {"notify-next", R"({"timestamp":1787000001,"execution":)" + again +
                                  R"(,"status":"QUEUED","jobDocument":{"job":"j"}}})"}}));
  CHECK(scene.Job("j")["status"] == "IN_PROGRESS");
  const json listed = json::parse(scene.Operator("GET", "/things/pi-1/jobs").body)["executionSummaries"];
  CAPTURE(listed);
  for (const json& one : listed) {
    const json& summary = one["jobExecutionSummary"];
    CHECK(summary["retryAttempt"] == (summary["executionNumber"] == 2 ? 1 : 0));
  }
  CHECK(listed[0]["jobExecutionSummary"]["executionNumber"] == 2);
  scene.Device("j/update", R"({"status":"FAILED"})");
  CHECK(scene.Ask("$next/get") == R"({"timestamp":1787000001})"_json);
  CHECK(scene.Job("j")["status"] == "COMPLETED");
  CHECK(scene.Job("j")["jobProcessDetails"]["numberOfFailedThings"] == 1);
}

TEST_CASE("what was rejected is never tried again, nor what failed in a cancelled job") {
  Scene scene;
  scene.CreateJob("j", Retry("ALL", 5));
  scene.Device("j/update", R"({"status":"REJECTED"})");
  CHECK_FALSE(scene.Ask("$next/get").contains("execution"));
  scene.CreateJob("k", Retry("ALL", 5));
  scene.Device("start-next");
  scene.Operator("PUT", "/jobs/k/cancel", "{}");
  scene.Device("k/update", R"({"status":"FAILED"})");
  CHECK_FALSE(scene.Ask("$next/get").contains("execution"));
}

TEST_CASE("a timeout is retried only when the criteria name it") {
  for (const auto& [type, retried] : {std::pair{"TIMED_OUT", true}, {"ALL", true}, {"FAILED", false}}) {
    CAPTURE(type);
    Scene scene;
    json job = Retry(type, 1);
    job.update(Timeout(1));
    scene.CreateJob("j", job);
    scene.Device("start-next");
    scene.Pass(minutes(1));
    CHECK(scene.Ask("$next/get").contains("execution") == retried);
  }
}

TEST_CASE("a snapshot job is completed by its last execution, a continuous one never") {
  Scene scene;
  scene.CreateJob("j");
  scene.CreateJob("k", {{"targetSelection", "CONTINUOUS"}});
  scene.Pass(std::chrono::milliseconds(250));
  scene.Device("j/update", R"({"status":"SUCCEEDED"})");
  scene.Device("k/update", R"({"status":"SUCCEEDED"})");
  CHECK(scene.Job("j")["status"] == "COMPLETED");
  CHECK(scene.Job("j")["completedAt"] == 1787000000.25);
  CHECK(scene.Job("k")["status"] == "IN_PROGRESS");
}

}  // namespace
}  // namespace kedge::drydock
