// Jobs whose targets change: thing groups and continuous jobs; row 19 of the case table (reference
// aws-iot-jobs.md, 5.2), and what holds for each of the ends (5.4).

#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "fleet.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::minutes;

TEST_CASE("a job for a group goes to the things that are in it") {
  Fleet fleet;
  fleet.Join("pi-1");
  fleet.Join("pi-2");
  fleet.Create(fleet.Template("j", "thinggroup/boats"));
  CHECK(fleet.StatusOf("j", "pi-1") == "QUEUED");
  CHECK(fleet.StatusOf("j", "pi-2") == "QUEUED");
  CHECK(fleet.StatusOf("j", "pi-3") == "none");
}

TEST_CASE("a thing that is a target twice gets one execution") {
  Fleet fleet;
  fleet.Join("pi-1");
  auto job = fleet.Template("j", "thinggroup/boats");
  job.targets.push_back("arn:aws:iot:us-east-1:000000000000:thing/pi-1");
  fleet.Create(std::move(job));
  CHECK((*fleet.service.control().ExecutionsOfJob("j")).size() == 1);
}

TEST_CASE(
    "a snapshot job leaves its group alone afterwards: no newcomer gets it, nobody who leaves loses it") {
  Fleet fleet;
  fleet.Join("pi-1");
  fleet.Create(fleet.Template("j", "thinggroup/boats"));
  fleet.Join("pi-2");
  fleet.Leave("pi-1");
  CHECK(fleet.StatusOf("j", "pi-1") == "QUEUED");
  CHECK(fleet.StatusOf("j", "pi-2") == "none");
}

TEST_CASE("a snapshot job for an empty group is done at once, a continuous one never is") {
  Fleet fleet;
  fleet.Create(fleet.Template("s", "thinggroup/boats"));
  fleet.Create(fleet.Template("c", "thinggroup/boats", true));
  CHECK(fleet.JobStatusOf("s") == "COMPLETED");
  CHECK(fleet.JobStatusOf("c") == "IN_PROGRESS");
}

TEST_CASE("a thing that joins gets the continuous jobs of the group, once") {
  Fleet fleet;
  fleet.Create(fleet.Template("c", "thinggroup/boats", true));
  fleet.Join();
  CHECK(fleet.Topics() == "pi-1:notify pi-1:notify-next ");
  fleet.Join();
  CHECK(fleet.Topics().empty());
  CHECK((*fleet.service.control().ExecutionsOfJob("c")).size() == 1);
  fleet.End("pi-1", "c", Status::kSucceeded);
  CHECK(fleet.JobStatusOf("c") == "IN_PROGRESS");
}

TEST_CASE(
    "row 19: a thing that leaves the group: REMOVED, queued or running, and its late update is refused so") {
  for (const bool running : {false, true}) {
    CAPTURE(running);
    Fleet fleet;
    fleet.Create(fleet.Template("c", "thinggroup/boats", true));
    fleet.Join();
    if (running) fleet.Device("start-next");
    fleet.Topics();
    fleet.Leave();
    CHECK(fleet.Topics() == "pi-1:notify pi-1:notify-next ");
    CHECK(fleet.StatusOf("c") == "REMOVED");
    const json late = fleet.Ask("c/update", R"({"status":"SUCCEEDED"})");
    CHECK(late["code"] == "InvalidStateTransition");
    CHECK(late["executionState"]["status"] == "REMOVED");
    CHECK(fleet.Ask("c/get")["code"] == "TerminalStateReached");
  }
}

TEST_CASE("a thing that leaves and joins again: the same job with the next execution number, retries anew") {
  Fleet fleet;
  auto job = fleet.Template("c", "thinggroup/boats", true);
  job.retries = {{true, false, 1}};
  fleet.Create(std::move(job));
  fleet.Join();
  fleet.End("pi-1", "c", Status::kFailed);
  fleet.End("pi-1", "c", Status::kFailed);
  CHECK(fleet.StatusOf("c") == "FAILED");  // the one retry is used
  fleet.Leave();
  CHECK(fleet.StatusOf("c") == "FAILED");  // what has ended stays as it is
  fleet.Join();
  CHECK((*fleet.service.control().DescribeExecution("pi-1", "c", std::nullopt))->number == 3);
  CHECK((*fleet.service.control().DescribeExecution("pi-1", "c", std::nullopt))->retry_attempt == 0);
  fleet.End("pi-1", "c", Status::kFailed);
  CHECK(fleet.StatusOf("c") == "QUEUED");
}

TEST_CASE("a thing that is a target by itself too keeps its execution when it leaves the group") {
  Fleet fleet;
  auto job = fleet.Template("c", "thinggroup/boats", true);
  job.targets.push_back("arn:aws:iot:us-east-1:000000000000:thing/pi-1");
  fleet.Create(std::move(job));
  fleet.Join();
  fleet.Leave();
  CHECK(fleet.StatusOf("c") == "QUEUED");
  CHECK((*fleet.service.control().ExecutionsOfJob("c")).size() == 1);
}

TEST_CASE("deleting a group is leaving it for everybody, and deleting a thing takes its executions along") {
  Fleet fleet;
  fleet.Create(fleet.Template("c", "thinggroup/boats", true));
  fleet.Create(fleet.Template("s", "thing/pi-2"));
  fleet.Join("pi-1");
  fleet.Join("pi-2");
  REQUIRE(fleet.service.control().DeleteGroup("boats", fleet.now));
  CHECK(fleet.StatusOf("c", "pi-1") == "REMOVED");
  REQUIRE(fleet.service.control().DeleteThing("pi-2", fleet.now));
  CHECK((*fleet.service.control().ExecutionsOfJob("c")).size() == 1);
  CHECK(fleet.JobStatusOf("s") == "COMPLETED");
  CHECK_FALSE(fleet.service.control().DescribeThing("pi-2"));
  fleet.Restart();
  CHECK_FALSE(fleet.service.control().DescribeThing("pi-2"));
}

TEST_CASE("a continuous job can be given further targets, a snapshot job and a cancelled one cannot") {
  Fleet fleet;
  fleet.Create(fleet.Template("c", "thinggroup/boats", true));
  fleet.Create(fleet.Template("s", "thing/pi-2"));
  const std::vector<std::string> more = {"arn:aws:iot:us-east-1:000000000000:thing/pi-3"};
  REQUIRE(fleet.service.control().AssociateTargets("c", more, "one more", fleet.now));
  CHECK(fleet.StatusOf("c", "pi-3") == "QUEUED");
  REQUIRE(fleet.service.control().AssociateTargets("c", more, "", fleet.now));
  CHECK((*fleet.service.control().ExecutionsOfJob("c")).size() == 1);
  CHECK_FALSE(fleet.service.control().AssociateTargets("s", more, "", fleet.now));
  REQUIRE(fleet.service.control().CancelJob("c", {}, fleet.now));
  CHECK_FALSE(fleet.service.control().AssociateTargets("c", more, "", fleet.now));
}

// How the thing's execution of the continuous job "c" gets into each status.
const std::map<std::string, std::function<void(Fleet&)>> kWays = {
    {"QUEUED", [](Fleet&) {}},
    {"IN_PROGRESS", [](Fleet& fleet) { fleet.Device("start-next"); }},
    {"SUCCEEDED", [](Fleet& fleet) { fleet.End("pi-1", "c", Status::kSucceeded); }},
    {"FAILED", [](Fleet& fleet) { fleet.End("pi-1", "c", Status::kFailed); }},
    {"REJECTED", [](Fleet& fleet) { fleet.End("pi-1", "c", Status::kRejected); }},
    {"TIMED_OUT",
     [](Fleet& fleet) {
       fleet.Device("start-next", R"({"stepTimeoutInMinutes":1})");
       fleet.Pass(minutes(1));
     }},
    {"REMOVED", [](Fleet& fleet) { fleet.Leave(); }},
    {"CANCELED", [](Fleet& fleet) { fleet.Operator("PUT", "/things/pi-1/jobs/c/cancel", "{}"); }}};

TEST_CASE("jobProcessDetails has a counter for each status of a thing's latest execution") {
  const std::map<std::string, std::string> counters = {
      {"QUEUED", "numberOfQueuedThings"},       {"IN_PROGRESS", "numberOfInProgressThings"},
      {"SUCCEEDED", "numberOfSucceededThings"}, {"FAILED", "numberOfFailedThings"},
      {"REJECTED", "numberOfRejectedThings"},   {"TIMED_OUT", "numberOfTimedOutThings"},
      {"REMOVED", "numberOfRemovedThings"},     {"CANCELED", "numberOfCanceledThings"}};
  for (const auto& [status, go] : kWays) {
    Fleet fleet;
    fleet.Create(fleet.Template("c", "thinggroup/boats", true));
    fleet.Join();
    go(fleet);
    json expected = {{"processingTargets", json::array()}};
    for (const auto& [of, counter] : counters) expected[counter] = of == status ? 1 : 0;
    CHECK(fleet.Job("c")["jobProcessDetails"] == expected);
  }
}

TEST_CASE(
    "however an execution has ended: an update is told how, a describe only that, and the lists forget it") {
  for (const auto& [status, go] : kWays) {
    if (status == "QUEUED" || status == "IN_PROGRESS") continue;
    CAPTURE(status);
    Fleet fleet;
    fleet.Create(fleet.Template("c", "thinggroup/boats", true));
    fleet.Join();
    go(fleet);
    const json before = fleet.Execution("c");
    CHECK(before["status"] == status);
    for (const char* again : {"IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"}) {
      const json late = fleet.Ask("c/update", json{{"status", again}}.dump());
      CHECK(late["code"] == "InvalidStateTransition");
      CHECK(late["executionState"] == json{{"status", status}, {"versionNumber", before["versionNumber"]}});
    }
    const json described = fleet.Ask("c/get");
    CHECK(described["code"] == "TerminalStateReached");
    CHECK_FALSE(described.contains("executionState"));
    for (const char* next : {"$next/get", "start-next"}) CHECK_FALSE(fleet.Ask(next).contains("execution"));
    CHECK(fleet.Ask("get")["inProgressJobs"].empty());
    CHECK(fleet.Ask("get")["queuedJobs"].empty());
    CHECK(fleet.Execution("c") == before);
  }
}

}  // namespace
}  // namespace kedge::drydock
