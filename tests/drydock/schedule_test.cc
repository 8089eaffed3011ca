// Jobs that end or start by themselves: abort criteria and schedules; rows 20 and 21 of the case table
// (reference aws-iot-jobs.md, 5.2).

#include <doctest/doctest.h>

#include "fleet.h"

namespace kedge::drydock {
namespace {

using std::chrono::minutes;

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

TEST_CASE("abort criteria count things: one that tries again is one, and counts as it ended last") {
  for (const bool same_number : {false, true}) {
    CAPTURE(same_number);
    Fleet fleet(Readings{.retry_keeps_number = same_number});
    for (const char* thing : {"pi-1", "pi-2", "pi-3"}) fleet.Join(thing);
    auto job = fleet.Template("j", "thinggroup/boats");
    job.aborts = {{.on_failed = true,
                   .on_timed_out = false,
                   .on_rejected = false,
                   .threshold_percent = 60,
                   .least_executed = 2}};
    job.retries = {{true, false, 5}};
    fleet.Create(std::move(job));
    fleet.End("pi-1", "j", Status::kFailed);
    fleet.End("pi-1", "j", Status::kFailed);  // two failures of one thing
    CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
    fleet.End("pi-1", "j", Status::kSucceeded);
    fleet.End("pi-2", "j", Status::kFailed);  // 50 %
    CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
    fleet.Restart();
    fleet.End("pi-3", "j", Status::kFailed);  // 66 %: that pi-2 failed is known, although it is queued again
    CHECK(fleet.JobStatusOf("j") == "CANCELED");
  }
}

TEST_CASE("a target that is deleted meanwhile is passed over, and the job goes to the others") {
  Fleet fleet;
  auto job = fleet.Template("j", "thing/pi-2");
  job.targets.push_back("arn:aws:iot:us-east-1:000000000000:thing/pi-1");
  job.schedule.start = fleet.now + minutes(40);
  fleet.Create(job);
  job = fleet.Template("c", "thing/pi-2", true);
  fleet.Create(std::move(job));
  REQUIRE(fleet.service.control().DeleteThing("pi-2", fleet.now));
  fleet.Pass(minutes(40));
  CHECK(fleet.StatusOf("j", "pi-1") == "QUEUED");
  CHECK(fleet.JobStatusOf("j") == "IN_PROGRESS");
  REQUIRE(fleet.service.control().AssociateTargets("c", {"arn:aws:iot:us-east-1:000000000000:thing/pi-3"}, "",
                                                   fleet.now));
  CHECK(fleet.StatusOf("c", "pi-3") == "QUEUED");
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
  for (const auto& [end, running, queued, job_status, heard] :
       {std::tuple{End::kStopRollout, "IN_PROGRESS", "QUEUED", "IN_PROGRESS", ""},
        std::tuple{End::kCancel, "IN_PROGRESS", "CANCELED", "CANCELED", "pi-2:notify pi-2:notify-next "},
        std::tuple{End::kForceCancel, "CANCELED", "CANCELED", "CANCELED",
                   "pi-1:notify pi-1:notify-next pi-2:notify pi-2:notify-next "}}) {
    CAPTURE(static_cast<int>(end));
    Fleet fleet;
    fleet.Join("pi-1");
    fleet.Join("pi-2");
    auto job = fleet.Template("j", "thinggroup/boats", true);
    job.schedule.end = fleet.now + minutes(60);
    job.schedule.at_end = end;
    fleet.Create(std::move(job));
    fleet.Device("start-next");
    fleet.Topics();
    fleet.Restart();
    fleet.Pass(minutes(60));
    CHECK(fleet.Topics() == heard);
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
