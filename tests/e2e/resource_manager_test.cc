// OCI Resource Manager's cancel, with a real device behind it: graceful ends at the next safe point, forced
// at once, CANCELED is said when the device has stopped, and what could not be undone is named.
#include <doctest/doctest.h>

#include <algorithm>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

class Stack {
 public:
  Stack(Rig& rig, const json& document) : rig_(rig) {
    const json stack = rig.service().Must(
        "POST", "/20180917/stacks",
        json{{"compartmentId", "ocid1.compartment.oc1..c"},
             {"configSource", {{"configSourceType", "ZIP_UPLOAD"}, {"zipFileBase64Encoded", "UEsFBgAA"}}},
             {"variables", {{"thing", "pi-1"}, {"document", document.dump()}}}}
            .dump());
    id_ = stack["id"];
    job_ = rig.service().Must(
        "POST", "/20180917/jobs",
        json{{"stackId", id_},
             {"jobOperationDetails", {{"operation", "APPLY"}, {"executionPlanStrategy", "AUTO_APPROVED"}}}}
            .dump())["id"];
  }

  json Job() const { return rig_.service().Must("GET", "/20180917/jobs/" + job_); }
  std::string State() const { return Job()["lifecycleState"]; }
  void Cancel(bool forced) const {
    rig_.service().Must("DELETE", "/20180917/jobs/" + job_ + "?isForced=" + (forced ? "true" : "false"));
  }
  void WaitFor(const std::string& state) const {
    rig_.WaitUntil("OCI's " + state, [&] { return State() == state; });
  }
  // LEVEL MESSAGE, a line each.
  std::string Log() const {
    std::string log;
    for (const json& line : rig_.service().Must("GET", "/20180917/jobs/" + job_ + "/logs")) {
      log += line["level"].get<std::string>() + " " + line["message"].get<std::string>() + "\n";
    }
    return log;
  }
  // How the device knows it.
  std::string Execution() const { return "oci-" + job_.substr(job_.rfind('.') + 1); }

 private:
  Rig& rig_;
  std::string id_;
  std::string job_;
};

json Protected(const std::string& file) { return {{"protect", {{"files", {file}}}}}; }

TEST_CASE("OCI: a job of a stack runs on the thing and ends SUCCEEDED") {
  Rig rig;
  const Stack stack(rig, rig.Document({rig.CommandStep("true")}));
  stack.WaitFor("SUCCEEDED");
  rig.WaitForStatus(stack.Execution(), "SUCCEEDED");
}

TEST_CASE(
    "OCI: a graceful cancel asks the device: CANCELING until the step has ended, then undone and CANCELED") {
  Rig rig;
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const Gate gate(rig, "gate", "echo new > " + file);
  const Stack stack(rig, rig.Document({gate.Step(Protected(file)), rig.CommandStep("false")}));
  gate.WaitUntilReached();
  stack.WaitFor("IN_PROGRESS");
  stack.Cancel(false);
  CHECK(stack.State() == "CANCELING");
  rig.WaitUntil("the device's answer",
                [&] { return stack.Log().find("pi-1 will stop") != std::string::npos; });
  CHECK(stack.State() == "CANCELING");  // the step still runs
  CHECK(rig::ReadIfThere(file) == "new\n");
  gate.Open();
  stack.WaitFor("CANCELED");
  CHECK(rig::ReadIfThere(file) == "old\n");
  CHECK(stack.Job()["cancellationDetails"]["isForced"] == false);
  CHECK(rig.service().Status(stack.Execution()) == "FAILED");
  CHECK(rig.Verdict(stack.Execution()) == "safe");
}

TEST_CASE("OCI: a forced cancel ends the step at once, and is CANCELED when the device has undone it") {
  Rig rig;
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const Gate gate(rig, "gate", "echo new > " + file);
  const Stack stack(rig, rig.Document({gate.Step(Protected(file))}));
  gate.WaitUntilReached();
  stack.WaitFor("IN_PROGRESS");
  stack.Cancel(true);
  stack.WaitFor("CANCELED");
  CHECK(rig::ReadIfThere(file) == "old\n");
  CHECK(rig.StepProcesses().empty());
  CHECK(stack.Job()["cancellationDetails"]["isForced"] == true);
  CHECK(rig.service().Status(stack.Execution()) == "CANCELED");
  CHECK(stack.Log().find("has not confirmed") == std::string::npos);
}

TEST_CASE("OCI: a graceful cancel that takes too long is made a forced one") {
  Rig rig;
  const Gate gate(rig);
  const Stack stack(rig, rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  stack.WaitFor("IN_PROGRESS");
  stack.Cancel(false);
  CHECK(stack.State() == "CANCELING");
  stack.Cancel(true);
  stack.WaitFor("CANCELED");
  CHECK(stack.Job()["cancellationDetails"]["isForced"] == true);
  CHECK(rig.StepProcesses().empty());
}

TEST_CASE("OCI: what the device could not restore is named in the job's log and details") {
  Rig rig({.config = "undo: {attempts: 1}\n"});
  const std::string one = rig.Folder("device/one");
  const std::string two = rig.Folder("device/two");
  for (const std::string& file : {one, two}) rig::WriteFile(file, "old\n");
  const Gate gate(rig, "gate", "echo new > " + one + "; echo new > " + two);
  rig.Script("spoil/run", "exit 0");
  rig.Script("spoil/rollback", "exit 0");
  rig.Script("spoil/verify", "[ \"$KEDGE_EXPECT\" = done ] && exit 0\necho '" + one +
                                 ": content is new, was old'\necho '" + two + ": is missing'\nexit 1");
  const Stack stack(rig, rig.Document({rig.Step("spoil"), gate.Step()}));
  gate.WaitUntilReached();
  stack.WaitFor("IN_PROGRESS");
  stack.Cancel(true);
  stack.WaitFor("CANCELED");
  CHECK(rig.Verdict(stack.Execution()) == "unsafe");
  for (const std::string& told : {stack.Log(), stack.Job().dump()}) {
    CAPTURE(told);
    CHECK(told.find(one + ": content is new, was old") != std::string::npos);
    CHECK(told.find(two + ": is missing") != std::string::npos);
  }
}

}  // namespace
}  // namespace kedge::e2e
