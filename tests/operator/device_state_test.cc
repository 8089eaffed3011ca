#include "core/device_state.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "operator/states.h"

namespace kedge::op {
namespace {

TEST_CASE("the state topic's word follows the phase") {
  CHECK(DeviceStateOf(State{}) == DeviceState::kIdle);
  for (Phase phase : {Phase::kChecking, Phase::kAccepting, Phase::kRunning, Phase::kFinishing}) {
    CHECK(DeviceStateOf(With(ExecutionIn(phase))) == DeviceState::kRunning);
  }
  for (Phase phase : {Phase::kStopping, Phase::kRollingBack, Phase::kReporting}) {
    CHECK(DeviceStateOf(With(ExecutionIn(phase))) == DeviceState::kRollingBack);
  }
  State state = With(ExecutionIn(Phase::kReporting));
  state.quarantine = Quarantine{state.current->id, "a difference", kWall};
  CHECK(DeviceStateOf(state) == DeviceState::kQuarantined);
  state.current.reset();
  CHECK(DeviceStateOf(state) == DeviceState::kQuarantined);
  state.current = ExecutionIn(Phase::kRunning);  // a repair
  CHECK(DeviceStateOf(state) == DeviceState::kRunning);
}

TEST_CASE("an idle device without a past says only that") {
  CHECK(DeviceStateMessage(State{}, "pi-1") == R"({"thing":"pi-1","state":"idle","at":0})");
}

TEST_CASE("the state message tells the job, the last outcome and the quarantine") {
  State state = With(InStepTwo(Phase::kRunning));
  state.ledger.push_front(ClosedAs(JobStatus::kCanceled, Verdict::kSafe, "the service ended it: CANCELED"));
  CHECK(DeviceStateMessage(state, "pi-1") ==
        R"({"thing":"pi-1","state":"running","at":1795575256,"job":"fw-42","execution":2,)"
        R"("last":{"jobId":"fw-41","executionNumber":1,"status":"CANCELED","verdict":"safe",)"
        R"("text":"the service ended it: CANCELED"}})");

  state.current.reset();
  state.quarantine = Quarantine{{JobId{"fw-41"}, 1, 0}, "files /etc/app.conf: mode is 0644, was 0600", kWall};
  const auto message = nlohmann::json::parse(DeviceStateMessage(state, "pi-1"));
  CHECK(message["state"] == "quarantined");
  CHECK_FALSE(message.contains("job"));
  CHECK(message["at"] == kWall / 1000);
  CHECK(message["quarantine"]["jobId"] == "fw-41");
  CHECK(message["quarantine"]["reason"] == "files /etc/app.conf: mode is 0644, was 0600");
}

TEST_CASE("a committed execution has no verdict in the state message") {
  State state;
  state.ledger.push_front(ClosedAs(JobStatus::kSucceeded, std::nullopt, "succeeded"));
  const auto message = nlohmann::json::parse(DeviceStateMessage(state, "pi-1"));
  CHECK(message["last"]["status"] == "SUCCEEDED");
  CHECK_FALSE(message["last"].contains("verdict"));
}

TEST_CASE("whatever a job wrote, the state message is valid, small UTF-8 JSON") {
  State state;
  state.ledger.push_front(
      ClosedAs(JobStatus::kFailed, Verdict::kUnknown, "\xff\x01" + std::string(5000, 'x')));
  const std::string text = DeviceStateMessage(state, "pi-1");
  CHECK(nlohmann::json::accept(text));
  CHECK(text.size() < 600);
}

TEST_CASE("the state message does not depend on what a restart forgets") {
  State state = With(InStepTwo(Phase::kRunning));
  CHECK(DeviceStateMessage(state, "pi-1") == DeviceStateMessage(Durable(state), "pi-1"));
}

TEST_CASE("the shadow takes away what is not so any more") {
  const auto idle = nlohmann::json::parse(DeviceShadowMessage(State{}, "pi-1"))["state"]["reported"];
  CHECK(idle["state"] == "idle");
  for (const char* gone : {"job", "execution", "last", "quarantine"}) CHECK(idle.at(gone).is_null());

  State lost;
  lost.quarantine = Quarantine{{}, "the journal is gone", 5000};
  const auto told = nlohmann::json::parse(DeviceShadowMessage(lost, "pi-1"))["state"]["reported"];
  CHECK(told["quarantine"]["reason"] == "the journal is gone");
  CHECK(told["quarantine"].at("jobId").is_null());
}

}  // namespace
}  // namespace kedge::op
