// Rows 19 to 21 of the case table (reference aws-iot-jobs.md, 5.2), and jobs whose targets change: thing
// groups, continuous jobs, abort criteria, schedules.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::minutes;

struct Fleet : Scene {
  explicit Fleet(Readings readings = {}) : Scene(readings) {
    for (const char* name : {"pi-2", "pi-3"}) REQUIRE(service.control().CreateThing(name, json::object()));
    REQUIRE(service.control().CreateGroup("boats", json::object()));
  }

  drydock::Job Template(const std::string& id, const std::string& target, bool continuous = false) const {
    drydock::Job job;
    job.id = id;
    job.document = "{}";
    job.targets = {"arn:aws:iot:us-east-1:000000000000:" + target};
    job.continuous = continuous;
    return job;
  }
  void Create(drydock::Job job) { REQUIRE(service.control().CreateJob(std::move(job), now)); }
  void Join(const std::string& thing = "pi-1") { REQUIRE(service.control().AddToGroup("boats", thing, now)); }
  void Leave(const std::string& thing = "pi-1") {
    REQUIRE(service.control().RemoveFromGroup("boats", thing, now));
  }
  // "QUEUED", "IN_PROGRESS", … of the latest execution; "none" when the thing has none.
  std::string StatusOf(const std::string& job, const std::string& thing = "pi-1") {
    const auto execution = service.control().DescribeExecution(thing, job, std::nullopt);
    return execution ? std::string(ToString((*execution)->status)) : "none";
  }
  std::string JobStatusOf(const std::string& job) {
    return std::string(ToString((*service.control().DescribeJob(job))->status));
  }
  void End(const std::string& thing, const std::string& job, Status status) {
    UpdateRequest update;
    update.status = status;
    REQUIRE(service.device().Update(thing, job, update, now));
  }
  std::string Topics() {
    std::string topics;
    for (const Event& event : service.TakeEvents()) {
      topics += event.thing + (event.kind == Event::Kind::kNotify ? ":notify " : ":notify-next ");
    }
    return topics;
  }
};

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

TEST_CASE("row 20: when the abort criteria are met, queued ones are CANCELED, and what runs goes on") {
  Fleet fleet;
  for (const char* thing : {"pi-1", "pi-2", "pi-3"}) fleet.Join(thing);
  auto job = fleet.Template("j", "thinggroup/boats");
  job.aborts = {{.on_failed = true,
                 .on_timed_out = false,
                 .on_rejected = false,
                 .threshold_percent = 50,
                 .least_executed = 1}};
  job.retries = {{true, false, 5}};
  fleet.Create(std::move(job));
  fleet.Device("start-next");  // pi-1 runs it
  fleet.Topics();
  fleet.End("pi-2", "j", Status::kFailed);
  CHECK(fleet.JobStatusOf("j") == "CANCELED");
  CHECK_FALSE((*fleet.service.control().DescribeJob("j"))->comment.empty());
  CHECK_FALSE((*fleet.service.control().DescribeJob("j"))->reason_code.empty());
  CHECK(fleet.StatusOf("j", "pi-1") == "IN_PROGRESS");
  CHECK(fleet.StatusOf("j", "pi-2") == "CANCELED");  // its retry, queued a moment ago
  CHECK(fleet.StatusOf("j", "pi-3") == "CANCELED");
  CHECK(fleet.Topics().find("pi-1:") == std::string::npos);
  CHECK(fleet.Ask("j/update", R"({"status":"FAILED"})").contains("timestamp"));
  CHECK(fleet.StatusOf("j", "pi-1") == "FAILED");  // no retry follows
}

TEST_CASE("abort criteria wait for the least number of things, and count only their own failures") {
  Fleet fleet;
  for (const char* thing : {"pi-1", "pi-2", "pi-3"}) fleet.Join(thing);
  auto job = fleet.Template("j", "thinggroup/boats");
  job.aborts = {{.on_failed = false,
                 .on_timed_out = false,
                 .on_rejected = true,
                 .threshold_percent = 60,
                 .least_executed = 2}};
  fleet.Create(std::move(job));
  fleet.End("pi-1", "j", Status::kRejected);  // 100 %, but of one
  CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
  fleet.End("pi-2", "j", Status::kFailed);  // 50 %
  CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
  fleet.End("pi-3", "j", Status::kRejected);  // 66 %
  CHECK(fleet.JobStatusOf("j") == "CANCELED");
}

TEST_CASE("a scheduled job queues nothing before its time, and everything then") {
  Fleet fleet;
  auto job = fleet.Template("j", "thinggroup/boats");
  job.schedule.start = fleet.now + minutes(40);
  fleet.Create(std::move(job));
  fleet.Join("pi-2");
  CHECK(fleet.JobStatusOf("j") == "SCHEDULED");
  fleet.Pass(minutes(39));
  CHECK(fleet.Topics().empty());
  fleet.Restart();
  fleet.Pass(minutes(1));
  CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
  CHECK(fleet.Topics() == "pi-2:notify pi-2:notify-next ");
}

TEST_CASE("a scheduled job can be cancelled and deleted before its time") {
  Fleet fleet;
  auto job = fleet.Template("j", "thing/pi-1");
  job.schedule.start = fleet.now + minutes(40);
  fleet.Create(job);
  REQUIRE(fleet.service.control().CancelJob("j", {}, fleet.now));
  CHECK_FALSE(fleet.service.NextDeadline());
  job.id = "k";
  fleet.Create(job);
  CHECK_FALSE(fleet.service.control().DeleteJob("k", false, fleet.now));
  REQUIRE(fleet.service.control().DeleteJob("k", true, fleet.now));
  CHECK_FALSE(fleet.service.NextDeadline());
}

TEST_CASE("row 21: the end of a schedule: stop the rollout, cancel, or cancel by force") {
  using End = Schedule::End;
  for (const auto& [end, running, queued, job_status] :
       {std::tuple{End::kStopRollout, "IN_PROGRESS", "QUEUED", "IN_PROGRESS"},
        std::tuple{End::kCancel, "IN_PROGRESS", "CANCELED", "CANCELED"},
        std::tuple{End::kForceCancel, "CANCELED", "CANCELED", "CANCELED"}}) {
    CAPTURE(static_cast<int>(end));
    Fleet fleet;
    fleet.Join("pi-1");
    fleet.Join("pi-2");
    auto job = fleet.Template("j", "thinggroup/boats", true);
    job.schedule.end = fleet.now + minutes(60);
    job.schedule.at_end = end;
    fleet.Create(std::move(job));
    fleet.Device("start-next");
    fleet.Restart();
    fleet.Pass(minutes(60));
    CHECK(fleet.StatusOf("j", "pi-1") == running);
    CHECK(fleet.StatusOf("j", "pi-2") == queued);
    CHECK(fleet.JobStatusOf("j") == job_status);
    fleet.Join("pi-3");
    CHECK(fleet.StatusOf("j", "pi-3") == "none");
    CHECK_FALSE(fleet.service.NextDeadline());
  }
}

}  // namespace
}  // namespace kedge::drydock
