#include "operator/plan_report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "operator/states.h"

namespace kedge::op {
namespace {

Plan ThreeSteps() {
  const Execution execution = InStepTwo(Phase::kRunning);
  Plan plan = execution.plan;
  plan.document.steps[2].is_final = true;
  plan.document.steps[2].interruptible = false;
  plan.document.steps[2].max_uninterruptible = std::chrono::seconds(30);
  return plan;
}

TEST_CASE("the plan tells of each step what it runs, protects, and how it is undone") {
  CHECK(PlanText(ThreeSteps(), {}) ==
        "1 fetch\n   command: true\n  protects: files: /etc/app.conf\n      undo: guard files\n"
        "2 configure\n   command: true\n      undo: rollback of the document\n"
        "            nothing verifies it: the verdict would be unknown\n"
        "3 restart (finalStep: only when all others have ended well)\n   command: true\n"
        "    cancel: a forced cancel waits for this step, 30 s at most\n      undo: no way back\n"
        "\nmay run here: 3 steps; 1 without a way back\n");
  const auto json = nlohmann::json::parse(PlanJson(ThreeSteps()));
  CHECK(json["accepted"] == true);
  CHECK(json["steps"][0]["protects"]["files"][0] == "/etc/app.conf");
  CHECK(json["steps"][1]["undo"].size() == 1);
  CHECK(json["steps"][2]["undo"].empty());
  CHECK(json["steps"][2]["finalStep"] == true);
}

TEST_CASE("what only the service fills in is named, for it stays as it is here") {
  Plan plan = ThreeSteps();
  plan.document.steps[0].command.args = {"fetch", "a=${aws:iot:s3-presigned-url:https://s3.x/b/k}", "-o",
                                         "x"};
  CHECK(PlanText(plan, {}).find("            only the service fills this in: "
                                "${aws:iot:s3-presigned-url:https://s3.x/b/k}\n") != std::string::npos);
  const auto json = nlohmann::json::parse(PlanJson(plan));
  CHECK(json["steps"][0]["notFilledIn"] ==
        nlohmann::json::array({"${aws:iot:s3-presigned-url:https://s3.x/b/k}"}));
  CHECK_FALSE(json["steps"][1].contains("notFilledIn"));
  plan.document.steps[0].command.args = {"${aws:iot:half"};
  CHECK(nlohmann::json::parse(PlanJson(plan))["steps"][0]["notFilledIn"][0] == "${aws:iot:half");
}

TEST_CASE("a refused document tells why, and whether it may pass") {
  CHECK(PlanText(Refusal{"step 1 'x\x1b[31m': no such program", false}, {}) ==
        "cannot run here: step 1 'x': no such program\n");
  CHECK(PlanText(Refusal{"no memory", true}, {}).starts_with("cannot run here now: "));
  const auto json = nlohmann::json::parse(PlanJson(Refusal{"no memory", true}));
  CHECK(json["accepted"] == false);
  CHECK(json["forNow"] == true);
}

TEST_CASE("a name from a document cannot steer the terminal, and long lines are wrapped") {
  Plan plan = ThreeSteps();
  plan.document.steps[0].name = "a\x1b[2Jb";
  plan.document.steps[0].command.args = {"echo", std::string(30, 'x'), std::string(30, 'y')};
  const std::string text = PlanText(plan, {.width = 60});
  CHECK(text.find("1 ab\n   command: echo " + std::string(30, 'x') + "\n            " +
                  std::string(30, 'y') + "\n") != std::string::npos);
}

}  // namespace
}  // namespace kedge::op
