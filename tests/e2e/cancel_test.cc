// Cancelled by force, at the service: the device ends where it was, whatever the step does and wherever the
// link is.
#include <doctest/doctest.h>

#include <algorithm>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

bool SaidSucceeded(Rig& rig, const std::string& job) {
  const auto statuses = rig.service().Statuses(job);
  return std::find(statuses.begin(), statuses.end(), "SUCCEEDED") != statuses.end();
}

void IsUndoneAfterAForcedCancel(bool cgroups) {
  Rig rig({.cgroups = cgroups});
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  // Waits in the queue behind it, and looks around as soon as it may run.
  const std::string look = rig.Script("look", "cat \"$2/app.conf\"; pgrep -f \"$3-[d]aemon\" || echo nobody");
  rig.service().CreateJob("next", rig.Document({rig.Step(look, {upgrade.device(), rig.mark()})}));
  const pid_t pid = rig.kedged().pid();

  REQUIRE(
      rig.service().CancelExecution(upgrade.kJob, {.force = true,
                                                   .expected_version = rig.service().Version(upgrade.kJob),
                                                   .details = {{"reason", "wrong-image"}}}));
  rig.WaitForStatus("next", "SUCCEEDED");
  CHECK(rig.service().Detail("next", "stdout") == "mode = careful nobody");
  CHECK(rig.StepProcesses().empty());
  CHECK(upgrade.Difference() == "");
  CHECK(rig.Verdict(upgrade.kJob) == "safe");
  CHECK(rig.service().Status(upgrade.kJob) == "CANCELED");
  if (Rig::TellsHowItEnded()) CHECK(rig.Show(upgrade.kJob).dump().find("wrong-image") != std::string::npos);
  CHECK(!SaidSucceeded(rig, upgrade.kJob));
  CHECK(upgrade.Runs() == 1);
  CHECK(rig.kedged().Runs());
  CHECK(rig.kedged().pid() == pid);
}

TEST_CASE("a forced cancel kills the step and its daemon, rolls back, and only then starts the next job") {
  IsUndoneAfterAForcedCancel(true);
}

TEST_CASE("a forced cancel undoes all the same where there are no control groups") {
  IsUndoneAfterAForcedCancel(false);
}

TEST_CASE("cancelled by force while the link is down: rolled back when it is up again") {
  Rig rig;
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  rig.link().Kill();
  REQUIRE(rig.service().CancelExecution(upgrade.kJob, {.force = true}));
  CHECK(!rig.StepProcesses().empty());  // nobody could tell the agent
  rig.link().Start();
  rig.WaitUntil("the verdict", [&] { return rig.Verdict(upgrade.kJob) == "safe" && rig.IsIdle(); });
  CHECK(rig.StepProcesses().empty());
  CHECK(upgrade.Difference() == "");
  CHECK(rig.service().Status(upgrade.kJob) == "CANCELED");
  CHECK(!SaidSucceeded(rig, upgrade.kJob));
  CHECK(rig.kedged().Runs());
  rig.RunsAJob("next");
}

TEST_CASE("cancelled by force while the broker is away, the work all done: what was done is undone") {
  Rig rig({.config = "service: {reply_timeout: 2s}"});
  const std::string file = rig.Folder("device/file");
  const Gate gate(rig, "gate", "echo new > " + file);
  rig::WriteFile(file, "old\n");
  rig.service().CreateJob("a", rig.Document({gate.Step({{"protect", {{"files", {file}}}}})}));
  gate.WaitUntilReached();
  rig.broker().Kill();
  gate.Open();
  rig.WaitUntil("the end of the work", [&] {
    return rig.KedgeJson({"status"}).value("/execution/phase"_json_pointer, "") == "finishing";
  });
  CHECK(rig::ReadIfThere(file) == "new\n");
  REQUIRE(rig.service().CancelExecution("a", {.force = true}));
  rig.StartBroker();
  rig.WaitUntil("the verdict", [&] { return !rig.Verdict("a").empty() && rig.IsIdle(); });
  CHECK((rig.Verdict("a") == "safe" || !Rig::TellsHowItEnded()));  // the first SUCCEEDED may have been lost
  CHECK(rig::ReadIfThere(file) == "old\n");
  CHECK(rig.service().Status("a") == "CANCELED");
  CHECK(rig.kedged().Runs());
  rig.RunsAJob("next");
}

}  // namespace
}  // namespace kedge::e2e
