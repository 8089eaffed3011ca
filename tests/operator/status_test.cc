#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <nlohmann/json.hpp>

#include "operator/states.h"
#include "operator/status_report.h"

namespace kedge::op {
namespace {

const StatusContext kContext{.thing = "pi-1", .version = "1.2.3", .agent_running = true, .notes = {}};

nlohmann::json Document(const State& state) { return nlohmann::json::parse(StatusJson(state, kContext)); }

std::string Text(const State& state, const StatusContext& context = kContext) {
  setenv("TZ", "UTC", 1);
  tzset();
  const auto text = StatusText(StatusJson(state, context), {}, kWall + 17'000);
  return text ? *text : text.error().message;
}

TEST_CASE("an idle device's page") {
  State state;
  CHECK(Text(state) ==
        "     Thing: pi-1\n"
        "     Agent: kedged 1.2.3\n"
        "     State: idle\n"
        "      Link: down\n");
}

TEST_CASE("a running job's page says where it is and what a cancel would undo") {
  State state = With(InStepTwo(Phase::kRunning));
  state.ledger.push_front(ClosedAs(JobStatus::kSucceeded, std::nullopt, "succeeded"));
  CHECK(Text(state) ==
        "     Thing: pi-1\n"
        "     Agent: kedged 1.2.3\n"
        "     State: running\n"
        "      Link: up\n"
        "       Job: fw-42, execution 2\n"
        "     Phase: running, accepted 2026-11-25 02:54:12 (16.0s ago)\n"
        "      Step: 2 of 3, 'configure': run since 2026-11-25 02:54:16 (12.0s ago)\n"
        "  Progress: [######--------------] 33 %\n"
        "    Cancel: undoes these steps when the running one ends; with --force at once\n"
        "            step 2, 'configure': rollback\n"
        "            step 1, 'fetch': guard files\n"
        "      Last: fw-41, execution 1: SUCCEEDED, 2026-11-25 02:53:11 (1m 17s ago)\n"
        "            succeeded\n");
}

TEST_CASE("the document has the execution's numbers and times") {
  const auto document = Document(With(InStepTwo(Phase::kRunning)));
  CHECK(document["agent"]["running"] == true);
  CHECK(document["link"] == "up");
  const auto& execution = document["execution"];
  CHECK(execution["jobId"] == "fw-42");
  CHECK(execution["executionNumber"] == 2);
  CHECK(execution["versionNumber"] == 3);
  CHECK(execution["acceptedAt"] == "2026-11-25T02:54:12.000Z");
  CHECK(execution["step"]["number"] == 2);
  CHECK(execution["step"]["of"] == 3);
  CHECK(execution["step"]["task"] == "run");
  CHECK(execution["step"]["since"] == "2026-11-25T02:54:16.000Z");
  CHECK(execution["cancel"]["undoes"].size() == 2);
}

TEST_CASE("each phase says whether a cancel is possible") {
  struct Row {
    Phase phase;
    bool possible;
    const char* text;
  };
  for (const Row& row :
       {Row{Phase::kChecking, true, "no step has run"}, Row{Phase::kAccepting, true, "no step has run"},
        Row{Phase::kRunning, true, "undoes these steps when the running one ends"},
        Row{Phase::kFinishing, true, "undoes these steps"}, Row{Phase::kStopping, false, "undone already"},
        Row{Phase::kRollingBack, false, "undone already"}, Row{Phase::kReporting, false, "it is over"}}) {
    const auto execution = Document(With(ExecutionIn(row.phase)))["execution"];
    CAPTURE(execution.dump());
    CHECK(execution["phase"] == std::string(ToString(row.phase)));
    CHECK(execution["cancel"]["possible"] == row.possible);
    CHECK(execution["cancel"]["text"].get<std::string>().find(row.text) != std::string::npos);
  }
}

TEST_CASE("SUCCEEDED that was sent can no longer be cancelled here") {
  Execution execution = InStepTwo(Phase::kFinishing);
  execution.update = PendingUpdate{};
  execution.update->status = JobStatus::kSucceeded;
  CHECK(Document(With(execution))["execution"]["cancel"]["possible"] == true);
  execution.update->attempts = 1;
  CHECK(Document(With(execution))["execution"]["cancel"]["possible"] == false);
}

TEST_CASE("progress is a bar over all steps, while the job goes forward") {
  Execution execution = InStepTwo(Phase::kRunning);
  CHECK(Text(With(execution)).find("  Progress: [######--------------] 33 %\n") != std::string::npos);
  execution.steps[1].told = {{"progress", "50"}, {"step", "unpacking"}};
  CHECK(Text(With(execution))
            .find("  Progress: [##########----------] 50 %; the step says 50 %\n"
                  "            unpacking\n") != std::string::npos);
  execution.phase = Phase::kRollingBack;
  CHECK(Text(With(execution)).find("Progress") == std::string::npos);
}

TEST_CASE("a step without a way back is shown as one") {
  Execution execution = InStepTwo(Phase::kRunning);
  execution.cursor = 2;
  execution.steps[1].phase = StepPhase::kDone;
  execution.steps[2].phase = StepPhase::kStarted;
  const std::string text = Text(With(execution));
  CHECK(text.find("step 3, 'restart': no way back\n            step 2, 'configure': rollback\n") !=
        std::string::npos);
}

TEST_CASE("a job called off shows the cause and the operator's own details") {
  Execution execution = InStepTwo(Phase::kStopping);
  execution.cause = Cause{CauseKind::kLost,
                          "the service ended it: CANCELED",
                          JobStatus::kCanceled,
                          {{"reason", "wrong version"}}};
  const std::string text = Text(With(execution));
  CHECK(text.find("     Cause: the service ended it: CANCELED\n            reason = wrong version\n") !=
        std::string::npos);
  CHECK(Document(With(execution))["execution"]["cause"]["serviceStatus"] == "CANCELED");
}

TEST_CASE("a refused document, which has no steps, has a status too") {
  Execution execution;
  execution.id = {JobId{"bad"}, 1, 0};
  execution.phase = Phase::kReporting;
  execution.cause = Cause{CauseKind::kRefused, "steps: missing", {}, {}};
  execution.verdict = Verdict::kSafe;
  CHECK(Text(With(execution)).find("     Cause: steps: missing\n   Verdict: safe\n") != std::string::npos);
  execution.phase = Phase::kRollingBack;
  CHECK_FALSE(Document(With(execution))["execution"].contains("step"));
}

TEST_CASE("quarantine says why and what to type") {
  State state;
  state.link_up = true;
  state.quarantine = Quarantine{{JobId{"fw-41"}, 1, 0}, "job fw-41 could not be undone: a difference", kWall};
  const std::string text = Text(state);
  CHECK(text.find("     State: quarantined\n") != std::string::npos);
  CHECK(text.find("Quarantine: job fw-41 could not be undone: a difference\n"
                  "            since 2026-11-25 02:54:11 (17.0s ago); no job is taken. Look at the device, "
                  "then: kedge clear\n") != std::string::npos);
}

TEST_CASE("a status read from the journal says that nobody acts on it") {
  StatusContext context = kContext;
  context.agent_running = false;
  context.notes = {"a note"};
  const std::string text = Text(With(InStepTwo(Phase::kRunning)), context);
  CHECK(text.find("kedged 1.2.3, not running: read from the journal\n") != std::string::npos);
  CHECK(text.find("      Link: unknown\n") != std::string::npos);
  CHECK(text.find("      Note: a note\n") != std::string::npos);
}

TEST_CASE("texts of a job cannot steer the terminal") {
  Execution execution = InStepTwo(Phase::kStopping);
  execution.plan.document.steps[1].name = "\x1b[2Jname";
  execution.cause = Cause{CauseKind::kStepFailed, "one\ntwo\x07\xc2\x9b[31m\xff", {}, {{"k\x1b", "v\r"}}};
  const std::string text = Text(With(execution));
  CHECK(text.find_first_of("\x1b\x07\r") == std::string::npos);
  CHECK(text.find("     Cause: onetwo[31m\xef\xbf\xbd\n") != std::string::npos);
}

TEST_CASE("colour is there only when asked for") {
  const std::string json = StatusJson(State{}, kContext);
  CHECK(StatusText(json, {.colour = false}, kWall)->find('\x1b') == std::string::npos);
  CHECK(StatusText(json, {.colour = true}, kWall)->find("\x1b[32midle\x1b[0m") != std::string::npos);
}

TEST_CASE("a status of another version, or none, is no crash") {
  for (const char* json : {"", "[]", "null", "{", "\"text\""})
    CHECK_FALSE(StatusText(json, {}, kWall).has_value());
  for (
      const char* json :
      {"{}", R"({"state":5,"agent":7,"execution":[],"last":3,"quarantine":"q","notes":{"a":1}})",
       R"({"execution":{"step":{"number":"x"},"cause":{"serviceDetails":[]},"cancel":{"undoes":{"a":[1]}}}})",
       R"({"execution":{"cancel":{"undoes":[1,{"by":"x"},{"by":[{}]}]}},"last":{"closedAt":"yesterday"}})"}) {
    CAPTURE(json);
    CHECK(StatusText(json, {}, kWall).has_value());
  }
}

}  // namespace
}  // namespace kedge::op
