// The traces of reference aws-iot-jobs.md, 10, message for message: each was seen of the live service or is
// worked through in its documentation.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

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

TEST_CASE("the worked example of the documentation: deleting the running job by force") {
  Scene scene;
  scene.CreateJob("job3");
  scene.Device("start-next");
  scene.Events();
  REQUIRE(scene.Operator("DELETE", "/jobs/job3?force=true").status == 200);
  CHECK(scene.Events() == Said({{"notify", R"({"timestamp":1787000000,"jobs":{}})"},
                                {"notify-next", R"({"timestamp":1787000000})"}}));
  CHECK(scene.Ask("job3/update", R"({"status":"SUCCEEDED"})")["code"] == "ResourceNotFound");
}

}  // namespace
}  // namespace kedge::drydock
