// Where the protocol's documents disagree or are silent, both readings are taken (PROTOCOL.md).
#include <doctest/doctest.h>

#include "jobs/replies.h"
#include "samples.h"

namespace kedge::jobs {
namespace {

int64_t QueuedAt(const std::string& number) {
  return Said<Offered>("notify-next", R"({"execution":{"jobId":"j","status":"QUEUED","executionNumber":1,)"
                                      R"("queuedAt":)" +
                                          number + "}}")
      .execution.id.queued_at;
}

TEST_CASE("a time is the same time in seconds and milliseconds, with and without a fraction") {
  CHECK(QueuedAt("1730747114") == 1730747114000);
  CHECK(QueuedAt("1730747114.0") == 1730747114000);
  CHECK(QueuedAt("1.730747114e9") == 1730747114000);
  CHECK(QueuedAt("1730747114000") == 1730747114000);
  CHECK(QueuedAt("1730747114000.0") == 1730747114000);
  CHECK(QueuedAt("1567714853.743") == 1567714853743);
  CHECK(QueuedAt("1567714853743") == 1567714853743);
  CHECK(QueuedAt("34826866292.922") == 34826866292922);  // times 1000 it is just below, as a double
  CHECK(QueuedAt("0") == 0);
  CHECK(QueuedAt("100000000000") == 100000000000000);  // still seconds
  CHECK(QueuedAt("100000000001") == 100000000001);     // milliseconds
}

TEST_CASE("an execution that is absent, null or empty is none") {
  for (const char* payload : {"{}", R"({"execution":null})", R"({"execution":{}})"}) {
    Said<NothingNext>("notify-next", payload);
    Said<NothingNext>("$next/get/accepted", payload);
    Said<NothingNext>("start-next/accepted", payload);
  }
}

TEST_CASE("a list that is absent or null is empty") {
  for (const char* payload :
       {"{}", R"({"jobs":null})", R"({"jobs":{"QUEUED":null}})", R"({"jobs":{"IN_PROGRESS":[]}})",
        R"({"jobs":{"PAUSED":[1,2],"queued":"x"}})"}) {
    auto changed = Said<PendingChanged>("notify", payload);
    CHECK(changed.in_progress.empty());
    CHECK(changed.queued.empty());
  }
  auto changed = Said<PendingChanged>("get/accepted", R"({"queuedJobs":null})");
  CHECK(changed.queued.empty());
}

TEST_CASE("unknown members are not looked at, whatever they hold") {
  auto offered = Said<Offered>("notify-next", R"({"a":[1],"timestamp":"soon","execution":)" +
                                                  ExecutionWith(R"(,"x":{"y":[null]})") + "}");
  CHECK(offered.execution.id.job == JobId{"job-1"});
  Said<Offered>("notify-next", R"({"deep":)" + Nested(10000) + R"(,"execution":)" + ExecutionWith("") + "}");
  Said<Offered>("notify-next", R"({"a":1,"a":2,"execution":)" + ExecutionWith("") + "}");
}

TEST_CASE("numbers may have a fraction that is none, the version may be absent or 0") {
  auto version = [](const std::string& member) {
    return Said<Offered>("notify-next", R"({"execution":{"jobId":"j","status":"QUEUED","queuedAt":1,)"
                                        R"("executionNumber":2.0)" +
                                            member + "}}")
        .execution;
  };
  CHECK(version("").version == 1);
  CHECK(version("").id.number == 2);
  CHECK(version(R"(,"versionNumber":null)").version == 1);
  CHECK(version(R"(,"versionNumber":0)").version == 0);
  CHECK(version(R"(,"versionNumber":4.0)").version == 4);
  CHECK(version(R"(,"versionNumber":9223372036854775807)").version == INT64_MAX);
}

TEST_CASE("details that are no strings become text or are dropped, and are safe to show") {
  auto details = [](const std::string& json) {
    return Said<Offered>("notify-next", OfferWith(R"(,"statusDetails":)" + json)).execution.details;
  };
  CHECK(details(R"({"a":1,"b":true,"c":2.5,"d":null,"e":[1],"f":{"g":"h"},"i":"j"})") ==
        DetailsMap{{"a", "1"}, {"b", "true"}, {"c", "2.5"}, {"i", "j"}});
  CHECK(details("null").empty());
  CHECK(details("[1,2]").empty());
  CHECK(details(R"("text")").empty());
  CHECK(details(R"({"a":"one\ntwo\u001b[2J"})").at("a").find_first_of("\n\x1b") == std::string::npos);
  CHECK(details(R"({"a b":"x"})") == DetailsMap{{"a_b", "x"}});
}

TEST_CASE("this thing's own name in an execution is fine, an empty or absent one too") {
  for (const char* more : {R"(,"thingName":"pi-1")", R"(,"thingName":null)", R"(,"thingName":"")", ""}) {
    Said<Offered>("notify-next", OfferWith(more));
  }
}

TEST_CASE("a rejection with an unknown code, or none, is still a rejection") {
  auto rejection = [](const std::string& payload) {
    return Said<UpdateRejected>("job-1/update/rejected", payload).rejection;
  };
  CHECK(rejection(R"({"code":"TooHot","message":"cool down"})") ==
        Rejection{RejectedCode::kOther, "TooHot: cool down", std::nullopt});
  CHECK(rejection("{}") == Rejection{RejectedCode::kOther, "", std::nullopt});
  CHECK(rejection(R"({"code":null,"message":null,"clientToken":null})").code == RejectedCode::kOther);
  CHECK(rejection(R"({"code":"InternalError","message":")" + std::string(100000, 'x') + R"("})")
            .message.size() <= 1024);
}

TEST_CASE("a state that cannot be understood leaves the answer standing without it") {
  for (const char* state : {"null", "{}", "[]", "7", R"({"status":"ARCHIVED","versionNumber":1})",
                            R"({"status":7})", R"({"status":"CANCELED","versionNumber":-1})"}) {
    INFO(state);
    std::string payload = R"({"code":"InvalidStateTransition","executionState":)" + std::string(state) + "}";
    CHECK_FALSE(Said<UpdateRejected>("job-1/update/rejected", payload).rejection.state.has_value());
    CHECK_FALSE(Said<UpdateAccepted>("job-1/update/accepted", payload).state.has_value());
  }
  auto rejected = Said<UpdateRejected>("job-1/update/rejected",
                                       R"({"code":"VersionMismatch","executionState":{"status":"QUEUED"}})");
  CHECK(rejected.rejection.state == ExecutionState{JobStatus::kQueued, 1, {}});
}

}  // namespace
}  // namespace kedge::jobs
