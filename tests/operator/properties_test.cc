// The typed properties, from the states that the agent passes through.
#include "operator/properties.h"

#include <doctest/doctest.h>

#include "operator/interface.h"
#include "operator/states.h"
#include "operator/status_report.h"

namespace kedge::op {
namespace {

constexpr uint64_t kMicros = static_cast<uint64_t>(kWall) * 1000;

Properties Of(const State& state,
              const StatusContext& context = {.thing = "pi-1", .version = "1", .notes = {}}) {
  return PropertiesOf(StatusJson(state, context));
}

TEST_CASE("properties of an idle device: what does not apply is empty") {
  Properties idle;
  idle.state = "idle";
  idle.link = "down";
  CHECK(Of(State{}) == idle);
}

TEST_CASE("properties of a running job say where it is") {
  State state = With(InStepTwo(Phase::kRunning));
  state.current->steps[1].told = {{"progress", "40"}, {"step", "unpacking"}};
  state.ledger.push_front(ClosedAs(JobStatus::kCanceled, Verdict::kSafe, "the service ended it: CANCELED"));
  const Properties now =
      Of(state, {.thing = "pi-1", .version = "1", .recovering = true, .notes = {"a", "b"}});
  CHECK(now.state == "running");
  CHECK(now.link == "up");
  CHECK(now.recovering);
  CHECK(now.job == "fw-42");
  CHECK(now.execution_number == 2);
  CHECK(now.phase == "running");
  CHECK(now.step == 2);
  CHECK(now.step_count == 3);
  CHECK(now.step_name == "configure");
  CHECK(now.step_detail == "unpacking");
  CHECK(now.progress == 40);
  CHECK(now.task == "run");
  CHECK(now.step_timestamp == kMicros + 5'000'000);
  CHECK(now.can_cancel);
  CHECK(now.cause.empty());
  CHECK(now.verdict.empty());
  CHECK(now.last_job == "fw-41");
  CHECK(now.last_execution_number == 1);
  CHECK(now.last_status == "CANCELED");
  CHECK(now.last_verdict == "safe");
  CHECK(now.last_text == "the service ended it: CANCELED");
  CHECK(now.last_timestamp == kMicros - 60'000'000);
  CHECK(now.notes == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(now.quarantined);
}

TEST_CASE("properties of a job being undone, and of the quarantine that follows") {
  State state = With(InStepTwo(Phase::kRollingBack));
  state.current->task = Task{18, TaskKind::kRestore, 1, "files"};
  state.current->cause = Cause{CauseKind::kLost, "the service ended it", JobStatus::kCanceled, {}};
  const Properties undoing = Of(state);
  CHECK(undoing.state == "rolling-back");
  CHECK(undoing.task == "restore files");
  CHECK(undoing.step_timestamp == 0);
  CHECK(undoing.cause == "the service ended it");
  CHECK_FALSE(undoing.can_cancel);
  CHECK(undoing.progress == -1);

  state.current->phase = Phase::kReporting;
  state.current->verdict = Verdict::kUnsafe;
  state.quarantine = Quarantine{state.current->id, "/etc/app.conf differs", kWall};
  state.stranded.push_back(*state.current);
  const Properties over = Of(state);
  CHECK(over.state == "quarantined");
  CHECK(over.verdict == "unsafe");
  CHECK(over.step == 0);
  CHECK(over.quarantined);
  CHECK(over.quarantine_reason == "/etc/app.conf differs");
  CHECK(over.quarantine_job == "fw-42");
  CHECK(over.quarantine_timestamp == kMicros);
  CHECK(over.stranded == 1);
}

TEST_CASE("progress that is no percentage is none, and what is no status has no properties") {
  State state = With(InStepTwo(Phase::kRunning));
  for (const std::string said : {"", "101", "-2", "4x", "99999999999"}) {
    CAPTURE(said);
    state.current->steps[1].told = {{"progress", said}};
    CHECK(Of(state).progress == -1);
  }
  for (const char* text :
       {"", "[]", "null", "{\"execution\":7,\"last\":[],\"notes\":\"x\",\"state\":1}", "{"}) {
    CAPTURE(text);
    CHECK(PropertiesOf(text) == Properties{});
  }
}

TEST_CASE("the names of what has changed, and of nothing else") {
  Properties before;
  Properties after = before;
  CHECK(Changed(before, after).empty());
  after.state = "running";
  after.step = 1;
  after.notes = {"a note"};
  CHECK(Changed(before, after) == std::vector<std::string>{"State", "Step", "Notes"});
}

TEST_CASE("text for the bus has nothing that the bus refuses") {
  CHECK(BusText("plain \xC3\xA4 \xF0\x9F\x9A\xA2") == "plain \xC3\xA4 \xF0\x9F\x9A\xA2");
  CHECK(BusText("a\xFF") == "a\xEF\xBF\xBD");
  CHECK(BusText(std::string("a\0b", 3)) ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(BusText("\xEF\xBF\xBE") == "\xEF\xBF\xBD");      // U+FFFE
  CHECK(BusText("\xEF\xB7\x90") == "\xEF\xBF\xBD");      // U+FDD0
  CHECK(BusText("\xF4\x8F\xBF\xBF") == "\xEF\xBF\xBD");  // U+10FFFF
}

}  // namespace
}  // namespace kedge::op
