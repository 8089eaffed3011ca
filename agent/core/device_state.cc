#include "core/device_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/status_details.h"

namespace kedge {
namespace {

constexpr size_t kMaxText = 256;  // of a sentence; the whole of it is in the history on the device

// The newest time of anything that State tells; milliseconds since the epoch.
int64_t NewestWall(const State& state) {
  int64_t newest = state.ledger.empty() ? 0 : state.ledger.front().closed_wall;
  if (state.quarantine) newest = std::max(newest, state.quarantine->since_wall);
  if (!state.current) return newest;
  newest = std::max({newest, state.current->offered_wall, state.current->accepted_wall});
  for (const StepRecord& step : state.current->steps) {
    newest = std::max({newest, step.started_wall, step.ended_wall});
  }
  return newest;
}

}  // namespace

std::string_view ToString(DeviceState state) {
  switch (state) {
    case DeviceState::kIdle:
      return "idle";
    case DeviceState::kRunning:
      return "running";
    case DeviceState::kRollingBack:
      return "rolling-back";
    case DeviceState::kQuarantined:
      return "quarantined";
  }
  return "?";
}

DeviceState DeviceStateOf(const State& state) {
  if (!state.current) return state.quarantine ? DeviceState::kQuarantined : DeviceState::kIdle;
  switch (state.current->phase) {
    case Phase::kChecking:
    case Phase::kAccepting:
    case Phase::kRunning:
    case Phase::kPausing:
    case Phase::kRebooting:
    case Phase::kConnecting:
    case Phase::kFinishing:
      return DeviceState::kRunning;
    case Phase::kStopping:
    case Phase::kRollingBack:
      return DeviceState::kRollingBack;
    case Phase::kReporting:
      // The quarantine begins with the verdict, not with the service's answer.
      return state.quarantine ? DeviceState::kQuarantined : DeviceState::kRollingBack;
  }
  return DeviceState::kIdle;
}

namespace {

std::string Text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json DeviceJson(const State& state, const std::string& thing) {
  nlohmann::ordered_json message = {
      {"thing", thing}, {"state", ToString(DeviceStateOf(state))}, {"at", NewestWall(state) / 1000}};
  if (state.current) {
    message["job"] = state.current->id.job.value;
    message["execution"] = state.current->id.number;
    // Called off here, and what the operator said with it.
    const auto& cause = state.current->cause;
    if (cause && cause->kind == CauseKind::kCancelled) {
      message["cancel"]["text"] = SafeDetailValue(cause->text, Keep::kHead, kMaxText);
      if (!cause->service_details.empty()) message["cancel"]["statusDetails"] = cause->service_details;
    }
  }
  if (!state.ledger.empty()) {
    const Closed& closed = state.ledger.front();
    auto& last = message["last"];
    last["jobId"] = closed.id.job.value;
    last["executionNumber"] = closed.id.number;
    last["status"] = ToString(closed.status);
    if (closed.verdict) last["verdict"] = ToString(*closed.verdict);
    last["text"] = SafeDetailValue(closed.text, Keep::kHead, kMaxText);
  }
  if (state.quarantine) {
    auto& quarantine = message["quarantine"];
    if (!state.quarantine->by.job.value.empty()) {
      quarantine["jobId"] = state.quarantine->by.job.value;
      quarantine["executionNumber"] = state.quarantine->by.number;
    }
    quarantine["reason"] = SafeDetailValue(state.quarantine->reason, Keep::kHead, kMaxText);
    quarantine["since"] = state.quarantine->since_wall / 1000;
    // What `kedge rollback --retry` would try again.
    if (!state.stranded.empty()) quarantine["stranded"] = state.stranded.size();
  }
  return message;
}

}  // namespace

std::string DeviceStateMessage(const State& state, const std::string& thing) {
  return Text(DeviceJson(state, thing));
}

std::string DeviceShadowMessage(const State& state, const std::string& thing) {
  nlohmann::ordered_json reported = DeviceJson(state, thing);
  // A shadow keeps what an update does not name: what is not so any more has to be taken away.
  for (const char* name : {"job", "execution", "cancel", "last", "quarantine"}) {
    if (!reported.contains(name)) reported[name] = nullptr;
  }
  // Neither can keys be taken away that nobody knows any more; all are told by the state topic.
  if (!reported["cancel"].is_null()) reported["cancel"].erase("statusDetails");
  if (!reported["last"].is_null() && !reported["last"].contains("verdict"))
    reported["last"]["verdict"] = nullptr;
  if (auto& quarantine = reported["quarantine"]; !quarantine.is_null()) {
    for (const char* name : {"jobId", "executionNumber", "stranded"}) {
      if (!quarantine.contains(name)) quarantine[name] = nullptr;
    }
  }
  return Text({{"state", {{"reported", std::move(reported)}}}});
}

}  // namespace kedge
