// Every reply and event of reference 2.3, 2.4 and 4, as the live service sends it.
#include "jobs/replies.h"

#include <doctest/doctest.h>

#include "samples.h"

namespace kedge::jobs {
namespace {

const ExecutionId kExecution{JobId{"job-1"}, 1, 1730747114000};

TEST_CASE("notify tells what is in progress and what is queued") {
  auto [topic, payload] = GoodMessages()[0];
  auto changed = Said<PendingChanged>(topic, payload);
  CHECK(changed.in_progress == std::vector{PendingEntry{{JobId{"a"}, 1, 1730747114000}, 2}});
  CHECK(changed.queued == std::vector{PendingEntry{{JobId{"b"}, 3, 1730747777000}, 1}});
}

TEST_CASE("notify with no jobs tells that nothing is pending") {
  auto changed = Said<PendingChanged>("notify", R"({"timestamp":1,"jobs":{}})");
  CHECK(changed.in_progress.empty());
  CHECK(changed.queued.empty());
}

TEST_CASE("notify keeps the order of the lists") {
  auto changed =
      Said<PendingChanged>("notify", R"({"jobs":{"QUEUED":[{"jobId":"z","executionNumber":1,"queuedAt":1},)"
                                     R"({"jobId":"a","executionNumber":1,"queuedAt":2}]}})");
  REQUIRE(changed.queued.size() == 2);
  CHECK(changed.queued[0].id.job == JobId{"z"});
  CHECK(changed.queued[1].id.job == JobId{"a"});
}

TEST_CASE("notify-next offers the whole execution, its document as compact text") {
  auto offered =
      Said<Offered>("notify-next", OfferWith(R"(,"statusDetails":{"k":"v"},"jobDocument":{ "op" : "x" })"));
  CHECK(offered.source == Source::kNotifyNext);
  CHECK(offered.token.empty());
  CHECK(offered.execution.id == kExecution);
  CHECK(offered.execution.status == JobStatus::kQueued);
  CHECK(offered.execution.version == 1);
  CHECK(offered.execution.document == R"({"op":"x"})");
  CHECK(offered.execution.document_problem.empty());
  CHECK(offered.execution.details == DetailsMap{{"k", "v"}});
  CHECK(std::get<Plan>(offered.admission).document.steps.empty());
}

TEST_CASE("notify-next without an execution tells that nothing is next") {
  auto nothing = Said<NothingNext>("notify-next", R"({"timestamp":1730748770})");
  CHECK(nothing.source == Source::kNotifyNext);
  CHECK(nothing.token.empty());
}

TEST_CASE("the reply for $next offers the execution that its payload names, with the token") {
  for (const char* topic : {"$next/get/accepted", "start-next/accepted"}) {
    auto offered = Said<Offered>(topic, R"({"clientToken":"s-1","timestamp":1,"execution":)" +
                                            ExecutionWith(R"(,"jobDocument":{"op":"x"})") + "}");
    CHECK(offered.source == Source::kNextReply);
    CHECK(offered.token == "s-1");
    CHECK(offered.execution.id == kExecution);
    auto nothing = Said<NothingNext>(topic, R"({"timestamp":1730748770,"clientToken":"s-1"})");
    CHECK(nothing.source == Source::kNextReply);
    CHECK(nothing.token == "s-1");
  }
}

TEST_CASE("an execution that is already in progress is offered with its version") {
  auto [topic, payload] = GoodMessages()[3];
  auto offered = Said<Offered>(topic, payload);
  CHECK(offered.execution.status == JobStatus::kInProgress);
  CHECK(offered.execution.version == 2);
}

TEST_CASE("the reply for a job describes it") {
  auto described = Said<Described>(
      "job-1/get/accepted", R"({"clientToken":"s-2","timestamp":1,"execution":)" + ExecutionWith("") + "}");
  CHECK(described.token == "s-2");
  CHECK(described.execution.id == kExecution);
  CHECK_FALSE(described.execution.document.has_value());
  CHECK(described.execution.document_problem.empty());
}

TEST_CASE("a description of nothing says that the execution does not exist") {
  for (const char* payload :
       {R"({"timestamp":1,"clientToken":"s-2"})", R"({"clientToken":"s-2","execution":{}})",
        R"({"clientToken":"s-2","execution":null})"}) {
    auto rejected = Said<DescribeRejected>("job-1/get/accepted", payload);
    CHECK(rejected.token == "s-2");
    CHECK(rejected.job == JobId{"job-1"});
    CHECK(rejected.rejection.code == RejectedCode::kResourceNotFound);
    CHECK_FALSE(rejected.rejection.message.empty());
  }
}

TEST_CASE("get/accepted tells the pending list") {
  auto changed = Said<PendingChanged>(
      "get/accepted", R"({"inProgressJobs":[{"jobId":"a","queuedAt":1730747114,"executionNumber":1,)"
                      R"("versionNumber":2}],"queuedJobs":[{"jobId":"b","queuedAt":1730747115,)"
                      R"("executionNumber":1,"versionNumber":1}],"timestamp":1,"clientToken":"t"})");
  CHECK(changed.in_progress == std::vector{PendingEntry{{JobId{"a"}, 1, 1730747114000}, 2}});
  CHECK(changed.queued == std::vector{PendingEntry{{JobId{"b"}, 1, 1730747115000}, 1}});
  changed = Said<PendingChanged>("get/accepted", R"({"inProgressJobs":[],"queuedJobs":[],"timestamp":1})");
  CHECK(changed.in_progress.empty());
  CHECK(changed.queued.empty());
}

TEST_CASE("get/rejected is an error that tells whether asking again may help") {
  Error error = Refused("get/rejected", R"({"code":"RequestThrottled","message":"slow down"})");
  CHECK(error.kind == ErrorKind::kUnavailable);
  CHECK(Contains(error.message, "RequestThrottled: slow down"));
  CHECK(Refused("get/rejected", R"({"code":"InternalError"})").kind == ErrorKind::kUnavailable);
  CHECK(Refused("get/rejected", R"({"code":"InvalidRequest"})").kind == ErrorKind::kInvalid);
}

TEST_CASE("a plain update is accepted without a state") {
  auto accepted = Said<UpdateAccepted>("job-1/update/accepted", R"({"clientToken":"s-4","timestamp":1})");
  CHECK(accepted.token == "s-4");
  CHECK(accepted.job == JobId{"job-1"});
  CHECK_FALSE(accepted.state.has_value());
}

TEST_CASE("an update that asked for the state is accepted with it") {
  auto accepted = Said<UpdateAccepted>(
      "job-1/update/accepted", R"({"timestamp":1,"executionState":{"status":"IN_PROGRESS","versionNumber":7,)"
                               R"("statusDetails":{"step":"1/3"}}})");
  CHECK(accepted.token.empty());
  CHECK(accepted.state == ExecutionState{JobStatus::kInProgress, 7, {{"step", "1/3"}}});
}

TEST_CASE("a rejected update tells the truth about the execution") {
  auto rejected = Said<UpdateRejected>(
      "job-1/update/rejected",
      R"({"code":"InvalidStateTransition","message":"no","clientToken":"s-5","timestamp":1787000000,)"
      R"("executionState":{"status":"CANCELED","statusDetails":{"by":"operator"},"versionNumber":3}})");
  CHECK(rejected.token == "s-5");
  CHECK(rejected.job == JobId{"job-1"});
  CHECK(rejected.rejection == Rejection{RejectedCode::kInvalidStateTransition, "no",
                                        ExecutionState{JobStatus::kCanceled, 3, {{"by", "operator"}}}});
}

TEST_CASE("every code of a rejection is known, on each of its topics") {
  for (RejectedCode code :
       {RejectedCode::kInvalidTopic, RejectedCode::kInvalidJson, RejectedCode::kInvalidRequest,
        RejectedCode::kInvalidStateTransition, RejectedCode::kResourceNotFound,
        RejectedCode::kVersionMismatch, RejectedCode::kTerminalStateReached, RejectedCode::kInternalError,
        RejectedCode::kRequestThrottled}) {
    std::string payload =
        R"({"clientToken":"t","message":"m","code":")" + std::string(ToString(code)) + R"("})";
    Rejection expected{code, "m", std::nullopt};
    CHECK(Said<UpdateRejected>("job-1/update/rejected", payload).rejection == expected);
    CHECK(Said<DescribeRejected>("job-1/get/rejected", payload).rejection == expected);
    CHECK(Said<DescribeRejected>("job-1/get/rejected", payload).job == JobId{"job-1"});
    CHECK(Said<NextRejected>("$next/get/rejected", payload).rejection == expected);
    CHECK(Said<NextRejected>("start-next/rejected", payload).token == "t");
  }
}

TEST_CASE("every status of an execution is known") {
  for (JobStatus status :
       {JobStatus::kQueued, JobStatus::kInProgress, JobStatus::kSucceeded, JobStatus::kFailed,
        JobStatus::kRejected, JobStatus::kTimedOut, JobStatus::kRemoved, JobStatus::kCanceled}) {
    auto accepted =
        Said<UpdateAccepted>("job-1/update/accepted",
                             R"({"executionState":{"status":")" + std::string(ToString(status)) + R"("}})");
    REQUIRE(accepted.state.has_value());
    CHECK(accepted.state->status == status);
  }
}

}  // namespace
}  // namespace kedge::jobs
