// Messages that come twice, late, or that nobody should send at all.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::Entry;
using rig::json;

// What was last published to this topic beneath jobs/ and says `words`.
std::string LastPayload(Rig& rig, const std::string& topic, const std::string& words) {
  std::string payload;
  for (const Entry& entry : rig.service().History()) {
    const bool fits = entry.kind == "mqtt-out" && entry.topic == rig.service().Topic(topic);
    if (fits && entry.payload.find(words) != std::string::npos) payload = entry.payload;
  }
  REQUIRE(payload != "");
  return payload;
}

// Handled one after the other: when a job that is created now is over, all that was published before is
// handled.
void IsAliveAfterAll(Rig& rig, pid_t pid, const std::string& job) {
  rig.RunsAJob(job);
  CHECK(rig.kedged().Runs());
  CHECK(rig.kedged().pid() == pid);
  CHECK(rig.link().Runs());
}

TEST_CASE("a notify-next that comes again, during the job or after it, starts nothing") {
  Rig rig;
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  const std::string offer = LastPayload(rig, "notify-next", "\"a\"");
  for (int i = 0; i < 5; ++i) rig.service().PublishJobs("notify-next", offer);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  for (int i = 0; i < 5; ++i) rig.service().PublishJobs("notify-next", offer);
  IsAliveAfterAll(rig, rig.kedged().pid(), "b");
  CHECK(gate.Runs() == 1);
}

TEST_CASE("A, B, then A again: a late notify-next of a finished job does not run it again") {
  Rig rig;
  const std::string count = rig.Script("count", "echo ran >> " + rig.Folder("$2"));
  for (const char* job : {"a", "b"}) {
    rig.service().CreateJob(job, rig.Document({rig.Step(count, {job})}));
    rig.WaitForStatus(job, "SUCCEEDED");
  }
  const std::string offer = LastPayload(rig, "notify-next", "\"a\"");
  rig.service().PublishJobs("notify-next", offer);
  IsAliveAfterAll(rig, rig.kedged().pid(), "c");
  rig.service().PublishJobs("notify-next", offer);
  IsAliveAfterAll(rig, rig.kedged().pid(), "d");
  // Nor after a restart, when it is known from the journal only.
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.RunsAJob("e");
  rig.service().PublishJobs("notify-next", offer);
  IsAliveAfterAll(rig, rig.kedged().pid(), "f");
  CHECK(rig::ReadIfThere(rig.Folder("a")) == "ran\n");
  CHECK(rig::ReadIfThere(rig.Folder("b")) == "ran\n");
  CHECK(rig.service().Status("a") == "SUCCEEDED");
  // Known from the ledger, so that not even the service is asked whether it may run once more.
  const auto statuses = rig.service().Statuses("a");
  CHECK(std::count(statuses.begin(), statuses.end(), "IN_PROGRESS") == 1);
}

TEST_CASE("a late notify-next of a finished job that comes while another runs leaves the other alone") {
  Rig rig;
  rig.RunsAJob("a");
  const std::string offer = LastPayload(rig, "notify-next", "\"a\"");
  const Gate gate(rig);
  rig.service().CreateJob("b", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.service().PublishJobs("notify-next", offer);
  rig.service().PublishJobs("notify-next", "{\"timestamp\":1}");
  // The agent has seen them when it has asked whether its job is still its own.
  rig.WaitUntil("the question", [&] { return rig.service().Requests("b/get") > 0; });
  gate.Open();
  rig.WaitForStatus("b", "SUCCEEDED");
  CHECK(gate.Runs() == 1);
  IsAliveAfterAll(rig, rig.kedged().pid(), "c");
}

TEST_CASE("every message of the service comes twice: each job still runs once, and ends once") {
  Rig rig;
  for (const char* on : {"reply", "notify", "notify-next"}) {
    rig.service().AddFault({{"on", on}, {"do", "duplicate"}});
  }
  const std::string count = rig.Script("count", "echo ran >> " + rig.Folder("runs-of-$2"));
  for (const char* job : {"a", "b", "c"}) {
    rig.service().CreateJob(job, rig.Document({rig.Step(count, {job})}));
    rig.WaitForStatus(job, "SUCCEEDED");
    CHECK(rig.service().Accepted(job, "SUCCEEDED") == 2);  // the one acceptance, twice
  }
  IsAliveAfterAll(rig, rig.kedged().pid(), "d");
  for (const char* job : {"a", "b", "c"}) {
    CHECK(rig::ReadIfThere(rig.Folder("runs-of-") + job) == "ran\n");
    CHECK(rig.service().Statuses(job) == std::vector<std::string>{"IN_PROGRESS", "SUCCEEDED"});
  }
}

TEST_CASE("an update/accepted that comes again, in the job and after it, is ignored") {
  Rig rig;
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  const std::string accepted = LastPayload(rig, "a/update/accepted", "clientToken");
  for (int i = 0; i < 3; ++i) rig.service().PublishJobs("a/update/accepted", accepted);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  const std::string last = LastPayload(rig, "a/update/accepted", "clientToken");
  CHECK(last != accepted);
  for (int i = 0; i < 3; ++i) rig.service().PublishJobs("a/update/accepted", last);
  IsAliveAfterAll(rig, rig.kedged().pid(), "b");
  CHECK(gate.Runs() == 1);
  CHECK(rig.service().Statuses("a") == std::vector<std::string>{"IN_PROGRESS", "SUCCEEDED"});
}

TEST_CASE(
    "a rejection that comes long after its request was given up is ignored: what succeeded since stays") {
  Rig rig({.config = "service: {reply_timeout: 300ms}"});
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const json final_update = {{"operation", "update"}, {"status", "SUCCEEDED"}, {"count", 1}};
  json reject = {{"on", "request"}, {"do", "reject"}, {"code", "InvalidStateTransition"}};
  json late = {{"on", "reply"}, {"do", "delay"}, {"ms", 2500}};
  reject.update(final_update);
  late.update(final_update);
  rig.service().AddFault(reject);
  rig.service().AddFault(late);
  const std::string write = rig.Script("write", "echo new > \"$2\"");
  rig.service().CreateJob("a", rig.Document({rig.Step(write, {file}, {{"protect", {{"files", {file}}}}})}));
  rig.WaitForStatus("a", "SUCCEEDED");
  rig.WaitUntil("the late rejection", [&] {
    const auto history = rig.service().History();
    return std::any_of(history.begin(), history.end(), [&](const Entry& entry) {
      return entry.kind == "mqtt-out" && entry.topic == rig.service().Topic("a/update/rejected");
    });
  });
  IsAliveAfterAll(rig, rig.kedged().pid(), "b");
  CHECK(rig::ReadIfThere(file) == "new\n");
  CHECK(rig.Show("a")["status"] == "SUCCEEDED");
}

// ------------------------------------------------------------------------------------------------- nonsense

std::vector<std::string> Nonsense() {
  const std::string deep(20000, '[');
  std::vector<std::string> payloads = {
      "",
      " ",
      "{",
      "}",
      "[]",
      "null",
      "true",
      "7",
      "\"text\"",
      "{}x",
      "{\"execution\":}",
      "nul",
      deep,
      "{\"a\":" + deep,
      std::string(100000, 'x'),
      "{\"timestamp\":\"soon\"}",
      R"({"timestamp":1e400})",
      R"({"timestamp":-1,"jobs":[]})",
      R"({"jobs":{"QUEUED":7}})",
      R"({"jobs":{"QUEUED":[{"jobId":7}]}})",
      R"({"jobs":{"SLEEPING":[{"jobId":"a"}]}})",
      R"({"execution":[]})",
      R"({"execution":"a"})",
      R"({"execution":null})",
      R"({"execution":{}})",
      R"({"execution":{"jobId":""}})",
      R"({"execution":{"jobId":"../../etc/passwd"}})",
      R"({"execution":{"jobId":"x","status":"DANCING"}})",
      R"({"execution":{"jobId":"x","status":"QUEUED","versionNumber":"one"}})",
      R"({"execution":{"jobId":"x","status":"QUEUED","versionNumber":-1,"executionNumber":-1,"queuedAt":-1}})",
      R"({"execution":{"jobId":"x","status":"QUEUED","versionNumber":1,"executionNumber":99999999999999999999}})",
      R"({"execution":{"jobId":"x","jobId":"y","status":"QUEUED"}})",
      R"({"execution":{"jobId":"a","status":"CANCELED","versionNumber":9,"executionNumber":1}})",
      R"({"clientToken":7})",
      R"({"clientToken":""})",
      R"({"clientToken":"nobody-asked"})",
      R"({"clientToken":"nobody-asked","code":"VersionMismatch"})",
      R"({"clientToken":"nobody-asked","code":7,"message":{}})",
      R"({"code":"NoSuchCode","executionState":{"status":"SUCCEEDED","versionNumber":7}})",
      R"({"code":"VersionMismatch","executionState":[]})",
      R"({"executionState":{"status":"CANCELED","versionNumber":"x"}})",
      "\xEF\xBB\xBF{}",
      "{\"execution\":{\"jobId\":\"\\u0000\"}}",
      "{\"execution\":{\"jobId\":\"\\ud800\"}}"};
  return payloads;
}

const std::array<const char*, 9> kTopics = {"notify",
                                            "notify-next",
                                            "$next/get/accepted",
                                            "$next/get/rejected",
                                            "start-next/accepted",
                                            "a/get/accepted",
                                            "a/update/accepted",
                                            "a/update/rejected",
                                            "nobody/update/accepted"};

void PublishNonsense(Rig& rig) {
  for (const char* topic : kTopics) {
    for (const std::string& payload : Nonsense()) rig.service().PublishJobs(topic, payload);
    rig.PublishBytes(rig.service().Topic(topic), "{\"execution\":{\"jobId\":\"\xff\xfe\"}}");
    rig.PublishBytes(rig.service().Topic(topic), std::string("\0\0\0{}", 5));
  }
  for (const char* topic : {"", "$next", "a", "a/b/c/d/e", "$next/get", "a/update", "a/get/accepted/more"}) {
    rig.service().PublishJobs(topic, "{}");
  }
}

TEST_CASE("hundreds of malformed messages while idle: nothing runs, nothing dies, the next job does") {
  Rig rig;
  const pid_t pid = rig.kedged().pid();
  PublishNonsense(rig);
  IsAliveAfterAll(rig, pid, "b");
  CHECK(rig.StepProcesses().empty());
}

TEST_CASE("hundreds of malformed messages while a job runs: the job goes on and ends well") {
  Rig rig;
  const pid_t pid = rig.kedged().pid();
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  PublishNonsense(rig);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(gate.Runs() == 1);
  IsAliveAfterAll(rig, pid, "b");
}

TEST_CASE("an offer of a job that the service does not know runs nothing") {
  Rig rig;
  const std::string count = rig.Script("count", "echo ran >> " + rig.Folder("ghost"));
  const json offer = {{"timestamp", 1},
                      {"execution",
                       {{"jobId", "ghost"},
                        {"status", "QUEUED"},
                        {"queuedAt", 1},
                        {"lastUpdatedAt", 1},
                        {"versionNumber", 1},
                        {"executionNumber", 1},
                        {"jobDocument", rig.Document({rig.Step(count)})}}}};
  rig.service().PublishJobs("notify-next", offer.dump());
  rig.WaitUntil("the question", [&] { return rig.service().Requests("ghost/update") > 0; });
  IsAliveAfterAll(rig, rig.kedged().pid(), "b");
  CHECK(!rig::Exists(rig.Folder("ghost")));
}

}  // namespace
}  // namespace kedge::e2e
