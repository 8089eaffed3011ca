// The other reading of what AWS's documents disagree about: what changes, and only that.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::minutes;

int Count(const Trace& trace, const std::string& word) {
  int count = 0;
  for (auto at = trace.find(word); at != std::string::npos; at = trace.find(word, at + 1)) ++count;
  return count;
}

TEST_CASE("chatty: notify and notify-next also when the head starts, but not for a mere report") {
  Scene quiet;
  Scene chatty(Readings{.chatty_notify = true});
  for (Scene* scene : {&quiet, &chatty}) {
    const int expected = scene == &chatty ? 1 : 0;
    scene->CreateJob("a");
    scene->CreateJob("b");
    scene->Events();
    const Trace started = scene->Device("a/update", R"({"status":"IN_PROGRESS"})");
    CHECK(Count(started, "notify {") == expected);
    CHECK(Count(started, "notify-next {") == expected);
    if (expected == 1) CHECK(started.find(R"("status":"IN_PROGRESS")") != std::string::npos);
    const Trace reported = scene->Device("a/update", R"({"status":"IN_PROGRESS","statusDetails":{"p":"1"}})");
    CHECK(Count(reported, "notify") == 0);
    const Trace second = scene->Device("b/update", R"({"status":"IN_PROGRESS"})");
    CHECK(Count(second, "notify {") == expected);
    CHECK(Count(second, "notify-next {") == 0);
  }
}

TEST_CASE("an update of an ended execution: TerminalStateReached, and no state with it") {
  Scene scene(Readings{.terminal_state_on_update = true});
  scene.CreateJob("a");
  scene.Device("a/update", R"({"status":"SUCCEEDED"})");
  const json late = scene.Ask("a/update", R"({"status":"SUCCEEDED"})");
  CHECK(late["code"] == "TerminalStateReached");
  CHECK_FALSE(late.contains("executionState"));
}

TEST_CASE("no version bump: cancel, timeout and removal leave the version, updates do not") {
  Scene scene(Readings{.no_version_bump = true});
  scene.CreateJob("a");
  scene.Device("a/update", R"({"status":"IN_PROGRESS"})");
  scene.Operator("PUT", "/things/pi-1/jobs/a/cancel?force=true", "{}");
  CHECK(scene.Execution("a")["versionNumber"] == 2);
  CHECK(scene.Ask("a/update",
                  R"({"status":"SUCCEEDED","expectedVersion":2})")["executionState"]["versionNumber"] == 2);
  scene.CreateJob("b");
  scene.Device("b/update", R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":1})");
  scene.Pass(minutes(1));
  CHECK(scene.Execution("b")["status"] == "TIMED_OUT");
  CHECK(scene.Execution("b")["versionNumber"] == 2);
}

TEST_CASE(
    "a retry keeps the number: the same execution again, next version, new queuedAt, as often as allowed") {
  Scene scene(Readings{.retry_keeps_number = true});
  scene.CreateJob("a", {{"jobExecutionsRetryConfig",
                         {{"criteriaList", {{{"failureType", "FAILED"}, {"numberOfRetries", 2}}}}}}});
  const auto queued_at = scene.Execution("a")["queuedAt"];
  scene.Events();
  scene.Pass(minutes(1));
  const Trace failed = scene.Device("a/update", R"({"status":"FAILED","statusDetails":{"why":"it rains"}})");
  CHECK(Count(failed, "notify {") == 2);
  CHECK(Count(failed, "notify-next {") == 2);
  const json again = scene.Execution("a");
  CHECK(again["status"] == "QUEUED");
  CHECK(again["executionNumber"] == 1);
  CHECK(again["versionNumber"] == 3);
  CHECK(again["queuedAt"] > queued_at);
  CHECK_FALSE(again.contains("startedAt"));
  scene.Restart();
  const json told = scene.Ask("a/update", R"({"status":"FAILED","includeJobExecutionState":true})");
  CHECK(told["executionState"]["status"] == "FAILED");  // what the update did, not what came of it
  CHECK(told["executionState"]["versionNumber"] == 4);
  CHECK(scene.Execution("a")["status"] == "QUEUED");
  scene.Device("a/update", R"({"status":"FAILED"})");
  CHECK(scene.Execution("a")["status"] == "FAILED");
  CHECK(scene.Job("a")["status"] == "COMPLETED");
}

TEST_CASE("line feeds in details: allowed, with tabs, but no other control character") {
  Scene strict;
  Scene lax(Readings{.line_feeds_in_details = true});
  const auto update = [](const char* value) {
    return json{{"status", "IN_PROGRESS"}, {"statusDetails", {{"stderr", value}}}}.dump();
  };
  for (Scene* scene : {&strict, &lax}) scene->CreateJob("a");
  CHECK(strict.Ask("a/update", update("no\n"))["code"] == "InvalidRequest");
  CHECK(strict.Ask("a/update", update("a\tb"))["code"] == "InvalidRequest");
  CHECK_FALSE(lax.Ask("a/update", update("no\n")).contains("code"));
  CHECK_FALSE(lax.Ask("a/update", update("a\tb")).contains("code"));
  CHECK(lax.Ask("a/update", update("a\rb"))["code"] == "InvalidRequest");
  CHECK(lax.Operator("PUT", "/things/pi-1/jobs/a/cancel?force=true",
                     R"({"statusDetails":{"why":"line 1\nline 2"}})")
            .status == 200);
}

}  // namespace
}  // namespace kedge::drydock
