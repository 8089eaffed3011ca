// The agent ends in the middle of a step, asked or not, and comes back.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

void IsUndoneAfterTheRestart(Rig& rig, const Upgrade& upgrade) {
  rig.kedged().Start();
  rig.WaitForStatus(upgrade.kJob, "FAILED");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig.StepProcesses().empty());
  CHECK(upgrade.Difference() == "");
  CHECK(upgrade.Runs() == 1);
  CHECK(rig.Verdict(upgrade.kJob) == "safe");
  CHECK(rig.service().Detail(upgrade.kJob, "verdict") == "safe");
  CHECK(rig.service().Detail(upgrade.kJob, "step") == "2/3 stubborn");
  rig.RunsAJob("next");
}

void SurvivesSigkill(bool cgroups) {
  Rig rig({.cgroups = cgroups});
  Upgrade upgrade(rig);
  // Without control groups, what outlives the agent is known by its environment only.
  upgrade.BringToStep2(rig.has_cgroups() ? Upgrade::Daemon::kHidden : Upgrade::Daemon::kMarked);
  rig.kedged().Kill();
  CHECK(!rig.StepProcesses().empty());
  IsUndoneAfterTheRestart(rig, upgrade);
}

void SurvivesSigterm(bool cgroups) {
  Rig rig({.cgroups = cgroups});
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  CHECK(rig.kedged().Stop() == 0);
  CHECK(rig.StepProcesses().empty());
  IsUndoneAfterTheRestart(rig, upgrade);
}

TEST_CASE("killed in a step, the restarted agent ends the orphans, rolls back, and runs nothing again") {
  SurvivesSigkill(true);
}

TEST_CASE("killed in a step where there are no control groups: the same") { SurvivesSigkill(false); }

TEST_CASE("stopped in a step, the agent takes the step along, and rolls back when it is started again") {
  SurvivesSigterm(true);
}

TEST_CASE("stopped in a step where there are no control groups: the same") { SurvivesSigterm(false); }

TEST_CASE("an agent that comes back leaves the steps of another agent on the same machine alone") {
  // The weaker containment, in which what is left is known by its environment.
  Rig other({.cgroups = false});
  Rig rig({.cgroups = false});
  const Gate others_gate(other);
  const Gate gate(rig);
  other.service().CreateJob("a", other.Document({others_gate.Step()}));
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  others_gate.WaitUntilReached();
  gate.WaitUntilReached();
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.StepProcesses().empty());
  others_gate.Open();
  other.WaitForStatus("a", "SUCCEEDED");
}

TEST_CASE("killed while idle, the agent is back where it was and runs the next job") {
  Rig rig;
  rig.RunsAJob("a");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });  // it has heard that SUCCEEDED is stored
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.RunsAJob("b");
  CHECK(rig.service().Statuses("a") == std::vector<std::string>{"IN_PROGRESS", "SUCCEEDED"});
}

TEST_CASE("kedge-link killed in a job is no loss: the job ends well when it is back") {
  Rig rig;
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.link().Kill();
  gate.Open();
  rig.link().Start();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(gate.Runs() == 1);
}

TEST_CASE("a second agent on the same journal ends with the reason, and the first one goes on") {
  Rig rig;
  const rig::Finished second = rig::Run(rig.kedged_argv(), rig.Folder("scratch"));
  CHECK(second.status == 1);
  INFO(second.err);
  CHECK(second.err.find(rig.Folder("")) != std::string::npos);
  CHECK(second.err.find("in use by another kedged") != std::string::npos);
  CHECK(rig.kedged().Runs());
  rig.RunsAJob("a");
}

}  // namespace
}  // namespace kedge::e2e
