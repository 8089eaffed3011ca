// The traces of reference aws-iot-jobs.md, 10, message for message: each was seen of the live service or is
// worked through in its documentation.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::seconds;

TEST_CASE("the sandbox sequence: empty, queued, started, finished, failed, empty again") {
  Scene scene;  // at ...000

  CHECK(scene.Device("get", R"({"clientToken":"c1"})") ==
        Said({{"get/accepted",
               R"({"inProgressJobs":[],"queuedJobs":[],"timestamp":1787000000,"clientToken":"c1"})"}}));

  scene.Pass(seconds(1));
  scene.CreateJob("A");
  const std::string a_queued =
      R"({"jobId":"A","queuedAt":1787000001,"lastUpdatedAt":1787000001,"executionNumber":1,"versionNumber":1})";
  CHECK(scene.Events() ==
        Said({{"notify", R"({"timestamp":1787000001,"jobs":{"QUEUED":[)" + a_queued + "]}}"},
              {"notify-next",
               R"({"timestamp":1787000001,"execution":{"jobId":"A","status":"QUEUED","queuedAt":1787000001,
                   "lastUpdatedAt":1787000001,"executionNumber":1,"versionNumber":1,"jobDocument":{"job":"A"}}})"}}));

  scene.Pass(seconds(1));
  scene.CreateJob("B");
  const std::string b_queued =
      R"({"jobId":"B","queuedAt":1787000002,"lastUpdatedAt":1787000002,"executionNumber":1,"versionNumber":1})";
  CHECK(scene.Events() == Said({{"notify", R"({"timestamp":1787000002,"jobs":{"QUEUED":[)" + a_queued + "," +
                                               b_queued + "]}}"}}));

  scene.Pass(seconds(1));
  CHECK(scene.Device("start-next", R"({"clientToken":"c2"})") ==
        Said({{"start-next/accepted",
               R"({"timestamp":1787000003,"clientToken":"c2","execution":{"jobId":"A","status":"IN_PROGRESS",
                   "queuedAt":1787000001,"startedAt":1787000003,"lastUpdatedAt":1787000003,"executionNumber":1,
                   "versionNumber":2,"jobDocument":{"job":"A"}}})"}}));

  CHECK(
      scene.Device("get", "") ==
      Said(
          {{"get/accepted",
            R"({"timestamp":1787000003,"inProgressJobs":[{"jobId":"A","queuedAt":1787000001,"startedAt":1787000003,
                   "lastUpdatedAt":1787000003,"executionNumber":1,"versionNumber":2}],"queuedJobs":[)" +
                b_queued + "]}"}}));

  scene.Pass(seconds(1));
  CHECK(scene.Device("A/update", R"({"status":"SUCCEEDED","clientToken":"c3"})") ==
        Said({{"A/update/accepted", R"({"timestamp":1787000004,"clientToken":"c3"})"},
              {"notify", R"({"timestamp":1787000004,"jobs":{"QUEUED":[)" + b_queued + "]}}"},
              {"notify-next",
               R"({"timestamp":1787000004,"execution":{"jobId":"B","status":"QUEUED","queuedAt":1787000002,
                   "lastUpdatedAt":1787000002,"executionNumber":1,"versionNumber":1,"jobDocument":{"job":"B"}}})"}}));

  scene.Device("start-next");
  CHECK(scene.Device("B/update", R"({"status":"FAILED"})") ==
        Said({{"B/update/accepted", R"({"timestamp":1787000004})"},
              {"notify", R"({"timestamp":1787000004,"jobs":{}})"},
              {"notify-next", R"({"timestamp":1787000004})"}}));
}

TEST_CASE("the overtaking sequence: only the head is news, and what a cancelled execution answers") {
  Scene scene;
  scene.CreateJob("C");
  scene.CreateJob("D");
  scene.CreateJob("E");
  scene.Events();
  scene.Pass(seconds(1));

  CHECK(
      scene.Device("E/update", R"({"status":"IN_PROGRESS"})") ==
      Said({{"E/update/accepted", R"({"timestamp":1787000001})"},
            {"notify-next",
             R"({"timestamp":1787000001,"execution":{"jobId":"E","status":"IN_PROGRESS","queuedAt":1787000000,
                   "startedAt":1787000001,"lastUpdatedAt":1787000001,"executionNumber":1,"versionNumber":2,
                   "jobDocument":{"job":"E"}}})"}}));

  const std::string d_queued =
      R"({"jobId":"D","queuedAt":1787000000,"lastUpdatedAt":1787000000,"executionNumber":1,"versionNumber":1})";
  CHECK(scene.Device("C/update", R"({"status":"REJECTED"})") ==
        Said({{"C/update/accepted", R"({"timestamp":1787000001})"},
              {"notify",
               R"({"timestamp":1787000001,"jobs":{"IN_PROGRESS":[{"jobId":"E","queuedAt":1787000000,
                   "startedAt":1787000001,"lastUpdatedAt":1787000001,"executionNumber":1,"versionNumber":2}],
                   "QUEUED":[)" +
                   d_queued + "]}}"}}));

  REQUIRE(scene.Operator("PUT", "/things/pi-1/jobs/E/cancel?force=true", "{}").status == 200);
  CHECK(scene.Events() ==
        Said({{"notify", R"({"timestamp":1787000001,"jobs":{"QUEUED":[)" + d_queued + "]}}"},
              {"notify-next",
               R"({"timestamp":1787000001,"execution":{"jobId":"D","status":"QUEUED","queuedAt":1787000000,
                   "lastUpdatedAt":1787000000,"executionNumber":1,"versionNumber":1,"jobDocument":{"job":"D"}}})"}}));

  CHECK(scene.Device("E/update", R"({"status":"SUCCEEDED","clientToken":"late"})") ==
        Said({{"E/update/rejected",
               R"({"code":"InvalidStateTransition","clientToken":"late","timestamp":1787000001,
                   "message":"execution 1 of job 'E' on thing 'pi-1' is in status CANCELED and cannot become SUCCEEDED",
                   "executionState":{"status":"CANCELED","versionNumber":3}})"}}));

  CHECK(scene.Device("D/update", R"({"status":"IN_PROGRESS","expectedVersion":99})") ==
        Said({{"D/update/rejected",
               R"({"code":"VersionMismatch","timestamp":1787000001,
                   "message":"Expected version 99 but found version 1",
                   "executionState":{"status":"QUEUED","versionNumber":1}})"}}));
}

// An entry of a list; started: absent while it is QUEUED.
json Entry(const char* job_id, int64_t queued, std::optional<int64_t> started = std::nullopt) {
  json entry = {{"jobId", job_id},
                {"queuedAt", queued},
                {"lastUpdatedAt", started.value_or(queued)},
                {"executionNumber", 1},
                {"versionNumber", started ? 2 : 1}};
  if (started) entry["startedAt"] = *started;
  return entry;
}

std::string List(int64_t at, const json& jobs) { return json{{"timestamp", at}, {"jobs", jobs}}.dump(); }

std::string Next(int64_t at, json entry) {
  entry["status"] = entry.contains("startedAt") ? "IN_PROGRESS" : "QUEUED";
  entry["jobDocument"] = {{"job", entry["jobId"]}};
  return json{{"timestamp", at}, {"execution", entry}}.dump();
}

TEST_CASE(
    "the worked example of the documentation: three jobs, one overtakes, one is rejected, one deleted") {
  Scene scene;
  const auto at = [&](int64_t seconds_later) {
    scene.Pass(seconds(Scene::kStart + seconds_later) - scene.now.time_since_epoch());
    return Scene::kStart + seconds_later;
  };
  const int64_t first = at(0);
  scene.CreateJob("job1");
  CHECK(scene.Events() == Said({{"notify", List(first, {{"QUEUED", json::array({Entry("job1", first)})}})},
                                {"notify-next", Next(first, Entry("job1", first))}}));
  const int64_t second = at(244);
  scene.CreateJob("job2");
  CHECK(scene.Events() ==
        Said({{"notify",
               List(second, {{"QUEUED", json::array({Entry("job1", first), Entry("job2", second)})}})}}));
  const int64_t started = at(525);
  CHECK(scene.Device("job1/update", R"({"status":"IN_PROGRESS"})") ==
        Said({{"job1/update/accepted", json{{"timestamp", started}}.dump()}}));
  const int64_t third = at(958);
  scene.CreateJob("job3");
  CHECK(scene.Events() ==
        Said({{"notify",
               List(third, {{"IN_PROGRESS", json::array({Entry("job1", first, started)})},
                            {"QUEUED", json::array({Entry("job2", second), Entry("job3", third)})}})}}));
  const int64_t done = at(169322);
  CHECK(
      scene.Device("job1/update", R"({"status":"SUCCEEDED"})") ==
      Said({{"job1/update/accepted", json{{"timestamp", done}}.dump()},
            {"notify", List(done, {{"QUEUED", json::array({Entry("job2", second), Entry("job3", third)})}})},
            {"notify-next", Next(done, Entry("job2", second))}}));
  const int64_t overtaken = at(169832);
  CHECK(scene.Device("job3/update", R"({"status":"IN_PROGRESS"})") ==
        Said({{"job3/update/accepted", json{{"timestamp", overtaken}}.dump()},
              {"notify-next", Next(overtaken, Entry("job3", third, overtaken))}}));
  const int64_t rejected = at(172445);
  CHECK(
      scene.Device("job2/update", R"({"status":"REJECTED"})") ==
      Said({{"job2/update/accepted", json{{"timestamp", rejected}}.dump()},
            {"notify", List(rejected, {{"IN_PROGRESS", json::array({Entry("job3", third, overtaken)})}})}}));
  const int64_t deleted = at(172604);
  REQUIRE(scene.Operator("DELETE", "/jobs/job3?force=true").status == 200);
  CHECK(scene.Events() == Said({{"notify", List(deleted, json::object())},
                                {"notify-next", json{{"timestamp", deleted}}.dump()}}));
  CHECK(scene.Ask("job3/update", R"({"status":"SUCCEEDED"})")["code"] == "ResourceNotFound");
}

}  // namespace
}  // namespace kedge::drydock
