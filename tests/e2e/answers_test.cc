// What the service answers, or does not answer, to the updates: the end of a job is stored all the same,
// once.
#include <doctest/doctest.h>

#include <map>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::Entry;
using rig::json;
using Words = std::vector<std::string>;

json OnUpdate(const char* on, const char* act, const char* status, const json& more = json::object()) {
  json rule = {{"on", on}, {"do", act}, {"operation", "update"}, {"status", status}, {"count", 1}};
  rule.update(more);
  return rule;
}

// A job that rewrites a protected file and counts its runs.
class Work {
 public:
  explicit Work(Rig& rig) : rig_(rig), file_(rig.Folder("device/file")) {
    rig::WriteFile(file_, "old\n");
    rig.Script("work", "echo ran >> " + rig.Folder("runs-of-work") + "; echo new > " + file_);
    rig.service().CreateJob("a", rig.Document({rig.Step("work", {}, {{"protect", {{"files", {file_}}}}})}));
  }
  // The service says SUCCEEDED, and so does the device; done once, and not undone.
  void IsDoneOnce() const {
    rig_.WaitForStatus("a", "SUCCEEDED");
    rig_.WaitUntil("rest", [this] { return rig_.IsIdle(); });
    CHECK(rig_.Show("a")["status"] == "SUCCEEDED");
    CHECK(rig::ReadIfThere(file_) == "new\n");
    CHECK(rig::ReadIfThere(rig_.Folder("runs-of-work")) == "ran\n");
    CHECK(rig_.kedged().Runs());
    rig_.RunsAJob("next");
  }
  // The service says SUCCEEDED, but nobody told the device: it went back, and does not claim that both agree.
  void IsUndoneInDoubt() const {
    rig_.WaitForStatus("a", "SUCCEEDED");
    rig_.WaitUntil("rest", [this] { return rig_.IsIdle(); });
    CHECK(rig_.Verdict("a") == "unknown");
    CHECK(rig::ReadIfThere(file_) == "old\n");
    CHECK(rig_.Show("a").dump().find("whether the service had accepted SUCCEEDED") != std::string::npos);
    rig_.RunsAJob("next");
  }

 private:
  Rig& rig_;
  const std::string file_;
};

TEST_CASE("another client changes the execution's version: the agent adopts it, and SUCCEEDED is stored") {
  Rig rig({.config = "service: {progress: 1h}"});
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.service().UpdateExecution("a", {{"status", "IN_PROGRESS"}}));
  CHECK(rig.service().Version("a") == 5);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Version("a") == 6);
  CHECK(gate.Runs() == 1);
  // Refused with VersionMismatch first.
  CHECK(rig.service().Statuses("a") == Words{"IN_PROGRESS", "SUCCEEDED", "SUCCEEDED"});
  rig.RunsAJob("next");
}

TEST_CASE("VersionMismatch again and again on the final update: SUCCEEDED is stored in the end") {
  Rig rig;
  rig.service().AddFault(
      OnUpdate("request", "reject", "SUCCEEDED", {{"code", "VersionMismatch"}, {"count", 4}}));
  Work(rig).IsDoneOnce();
}

TEST_CASE("statusDetails that the service refuses: the status is stored without them") {
  Rig rig;
  rig.service().AddFault(OnUpdate("request", "reject", "SUCCEEDED", {{"code", "InvalidRequest"}}));
  const std::string say = rig.Script("say", "echo hello");
  rig.service().CreateJob("a", rig.Document({rig.Step(say)}));
  rig.WaitForStatus("a", "SUCCEEDED");
  const auto updates = rig.service().Updates("a");
  REQUIRE(updates.size() == 3);
  CHECK(updates[1]["statusDetails"]["stdout"] == "hello");
  CHECK(updates[2]["status"] == "SUCCEEDED");
  CHECK(!updates[2].contains("statusDetails"));
  rig.RunsAJob("next");
}

TEST_CASE("RequestThrottled and InternalError: the final update is repeated until it is stored") {
  Rig rig;
  rig.service().AddFault(
      OnUpdate("request", "reject", "SUCCEEDED", {{"code", "RequestThrottled"}, {"count", 2}}));
  rig.service().AddFault(
      OnUpdate("request", "reject", "SUCCEEDED", {{"code", "InternalError"}, {"skip", 2}, {"count", 2}}));
  Work(rig).IsDoneOnce();
  CHECK(rig.service().Statuses("a") ==
        Words{"IN_PROGRESS", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"});
  CHECK(rig.service().Accepted("a", "SUCCEEDED") == 1);
}

TEST_CASE(
    "RequestThrottled and InternalError on the first update: nothing runs before it is accepted, then once") {
  Rig rig;
  rig.service().AddFault(OnUpdate("request", "reject", "IN_PROGRESS", {{"code", "RequestThrottled"}}));
  rig.service().AddFault(
      OnUpdate("request", "reject", "IN_PROGRESS", {{"code", "InternalError"}, {"skip", 1}}));
  Work(rig).IsDoneOnce();
  CHECK(rig.service().Statuses("a") == Words{"IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"});
}

TEST_CASE(
    "the acceptance of SUCCEEDED is lost: recognised when it is sent again, neither undone nor run twice") {
  Rig rig({.config = "service: {reply_timeout: 500ms}"});
  rig.service().AddFault(OnUpdate("reply", "drop", "SUCCEEDED"));
  const Work work(rig);
  if (Rig::TellsHowItEnded()) return work.IsDoneOnce();
  work.IsUndoneInDoubt();
}

TEST_CASE("the acceptance of IN_PROGRESS is lost: recognised, and the job runs once") {
  Rig rig({.config = "service: {reply_timeout: 500ms}"});
  rig.service().AddFault(OnUpdate("reply", "drop", "IN_PROGRESS"));
  Work(rig).IsDoneOnce();
}

TEST_CASE("a lost request is sent again") {
  Rig rig({.config = "service: {reply_timeout: 500ms}"});
  rig.service().AddFault(OnUpdate("request", "drop", "IN_PROGRESS"));
  rig.service().AddFault(OnUpdate("request", "drop", "SUCCEEDED"));
  Work(rig).IsDoneOnce();
}

TEST_CASE("cancelled in the moment in which SUCCEEDED is sent: the cancel counts, and the work is undone") {
  Rig rig;
  const std::string file = rig.Folder("device/file");
  rig.service().AddFault(OnUpdate("request", "cancel-before", "SUCCEEDED"));
  const Work work(rig);
  rig.WaitForStatus("a", "CANCELED");
  // A refusal that does not tell how it ended leaves open whether SUCCEEDED had been accepted before.
  const std::string verdict = Rig::TellsHowItEnded() ? "safe" : "unknown";
  rig.WaitUntil("the verdict", [&] { return rig.Verdict("a") == verdict && rig.IsIdle(); });
  CHECK(rig::ReadIfThere(file) == "old\n");
  rig.RunsAJob("next");
}

TEST_CASE("200 jobs in a row: each is IN_PROGRESS before it is SUCCEEDED, and runs exactly once") {
  constexpr int kJobs = 200;
  Rig rig;
  const std::string count = rig.Script("count", "echo $KEDGE_JOB_ID >> " + rig.Folder("counted"));
  const auto name = [](int i) { return "job-" + std::to_string(i); };
  for (int i = 0; i < kJobs; ++i) rig.service().CreateJob(name(i), rig.Document({rig.Step(count)}));
  rig.WaitUntil(
      "the last job", [&] { return rig.service().Status(name(kJobs - 1)) == "SUCCEEDED"; },
      std::chrono::seconds(90));

  std::map<std::string, Words> sent;
  for (const Entry& entry : rig.service().History()) {
    if (entry.kind == "mqtt-in" && entry.topic.ends_with("/update"))
      sent[entry.topic].push_back(entry.Body()["status"]);
  }
  const std::string runs = rig::ReadIfThere(rig.Folder("counted"));
  std::string expected;
  for (int i = 0; i < kJobs; ++i) {
    expected += name(i) + "\n";
    CHECK(sent[rig.service().Topic(name(i) + "/update")] == Words{"IN_PROGRESS", "SUCCEEDED"});
  }
  CHECK(runs == expected);
}

}  // namespace
}  // namespace kedge::e2e
