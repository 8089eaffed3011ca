// Called off from the device itself and by topic; who may not, may not.
#include <doctest/doctest.h>
#include <unistd.h>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::Finished;
using rig::json;

constexpr const char* kCancelTopic = "kedge/things/pi-1/cancel";

bool Has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

TEST_CASE("kedge cancel waits for the step to end, then undoes it, and the service hears the reason") {
  Rig rig;
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const Gate gate(rig, "gate", "echo new > " + file);
  rig.service().CreateJob("a", rig.Document({gate.Step({{"protect", {{"files", {file}}}}}),
                                             rig.CommandStep("touch," + rig.Folder("never"))}));
  gate.WaitUntilReached();
  const Finished cancel = rig.Kedge({"cancel", "a", "--yes", "--reason", "closing time"});
  CHECK(cancel.status == 0);
  INFO(cancel.err);
  CHECK(!rig.StepProcesses().empty());  // the step runs on
  CHECK(rig.service().Status("a") == "IN_PROGRESS");
  gate.Open();
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig::ReadIfThere(file) == "old\n");
  CHECK(!rig::Exists(rig.Folder("never")));
  CHECK(rig.service().Detail("a", "verdict") == "safe");
  CHECK(Has(rig.service().Detail("a", "reason"), "closing time"));
  rig.RunsAJob("next");
}

TEST_CASE("kedge cancel --force ends the step at once, and undoes it") {
  Rig rig;
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  CHECK(rig.Kedge({"cancel", upgrade.kJob, "--force"}).status == 0);
  rig.WaitForStatus(upgrade.kJob, "FAILED");
  CHECK(rig.StepProcesses().empty());
  CHECK(upgrade.Difference() == "");
  CHECK(rig.service().Detail(upgrade.kJob, "verdict") == "safe");
  rig.RunsAJob("next");
}

TEST_CASE("kedge cancel of another job than the one that runs is refused, and nothing is stopped") {
  Rig rig;
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  CHECK(rig.Kedge({"cancel", "b", "--force"}).status == 1);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
}

TEST_CASE("kedge cancel by somebody who is not root is refused, and the job goes on") {
  if (geteuid() != 0) {
    MESSAGE("not root: cannot become somebody else");
    return;
  }
  Rig rig;
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  CHECK(rig.Kedge({"status"}, "nobody").status == 0);  // looking is free
  const Finished cancel = rig.Kedge({"cancel", "a", "--force"}, "nobody");
  CHECK(cancel.status == 1);
  INFO(cancel.err);
  CHECK(Has(cancel.err, "sudo kedge"));
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
}

TEST_CASE("a cancel by topic ends the job, undoes it, and is answered with the client's token") {
  Rig rig;
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  const auto listener = rig.Listen(std::string(kCancelTopic) + "/#");
  const json other = {{"jobId", "other"}, {"force", true}, {"clientToken", "op-1"}};
  rig.service().Publish(kCancelTopic, other.dump());
  rig.WaitUntil("the refusal", [&] {
    return listener->Said("cancel/rejected") && listener->Said("\"clientToken\":\"op-1\"");
  });
  rig.service().Publish(kCancelTopic, "{\"force\":\"yes\",\"clientToken\":\"op-2\"}");
  rig.WaitUntil("the refusal", [&] { return listener->Said("\"clientToken\":\"op-2\""); });
  CHECK(!listener->Said("cancel/accepted"));
  CHECK(!rig.StepProcesses().empty());

  const json ours = {{"jobId", upgrade.kJob}, {"force", true}, {"reason", "storm"}, {"clientToken", "op-3"}};
  rig.service().Publish(kCancelTopic, ours.dump());
  rig.WaitUntil("the answer", [&] {
    return listener->Said("cancel/accepted") && listener->Said("\"clientToken\":\"op-3\"");
  });
  rig.WaitForStatus(upgrade.kJob, "FAILED");
  CHECK(Has(rig.service().Detail(upgrade.kJob, "reason"), "storm"));
  CHECK(rig.service().Detail(upgrade.kJob, "verdict") == "safe");
  CHECK(rig.StepProcesses().empty());
  CHECK(upgrade.Difference() == "");
  rig.RunsAJob("next");
}

TEST_CASE("a retained cancel of yesterday is refused at each reconnect, and today's job is done") {
  Rig rig;
  const auto listener = rig.Listen(std::string(kCancelTopic) + "/#");
  rig.PublishBytes(kCancelTopic, R"({"force":true,"clientToken":"yesterday"})", true);
  rig.WaitUntil("the refusal", [&] { return listener->Said("nothing runs"); });
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.link().Kill();
  rig.link().Start();
  rig.WaitUntil("the refusal", [&] { return listener->Said("retained message"); });
  rig.PublishBytes(kCancelTopic, "", true);  // it is taken away, which is no order either
  rig.WaitUntil("the refusal", [&] { return listener->Said("is empty"); });
  CHECK(!listener->Said("cancel/accepted"));
  CHECK(!rig.StepProcesses().empty());
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
}

TEST_CASE("kedge cancel takes OCI's words, waits for the end, and what is said with it reaches the service") {
  Rig rig;
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  const json execution = rig.KedgeJson({"status"})["execution"];
  const std::string tag = execution["etag"];
  CHECK(tag == "1:" + std::to_string(execution["versionNumber"].get<int>()));
  const Finished stale =
      rig.Kedge({"cancel", "--job-id", upgrade.kJob, "--is-forced", "true", "--if-match", "1:99", "--force"});
  CHECK(stale.status == 1);
  CHECK(Has(stale.err, "has version " + std::to_string(execution["versionNumber"].get<int>())));
  CHECK(!rig.StepProcesses().empty());
  const Finished cancel =
      rig.Kedge({"cancel", "--job-id", upgrade.kJob, "--is-forced", "true", "--if-match", tag, "--force",
                 "--wait-for-state", "canceled", "--max-wait-seconds", "60", "--wait-interval-seconds", "1",
                 "--status-details", "ticket=42,reason=storm", "--json"});
  INFO(cancel.err);
  CHECK(cancel.status == 0);
  const json answer = json::parse(cancel.out);
  CHECK(answer["wait"]["state"] == "CANCELED");
  CHECK(answer["wait"]["status"] == "FAILED");
  CHECK(answer["wait"]["verdict"] == "safe");
  rig.WaitForStatus(upgrade.kJob, "FAILED");
  CHECK(rig.service().Detail(upgrade.kJob, "ticket") == "42");
  CHECK(Has(rig.service().Detail(upgrade.kJob, "reason"), "storm"));
  CHECK(Has(rig.Kedge({"show", upgrade.kJob}).out, "ticket = 42"));
  CHECK(upgrade.Difference() == "");
}

TEST_CASE("the state topic tells every new listener how the device stands") {
  Rig rig;
  rig.service().CreateJob("a", rig.Document({rig.CommandStep("false")}));
  rig.WaitForStatus("a", "FAILED");
  const auto listener = rig.Listen("kedge/things/pi-1/state");
  rig.WaitUntil("the state", [&] {
    return listener->Said("\"state\":\"idle\"") && listener->Said("\"jobId\":\"a\"") &&
           listener->Said("\"FAILED\"");
  });
}

}  // namespace
}  // namespace kedge::e2e
