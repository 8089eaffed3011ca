// The retained message of kedge/things/<thing>/state: what the service cannot be told, for whoever watches
// the device (design section 8). Pure, and without a clock: the same State gives the same bytes, so that a
// caller can see whether there is anything new to publish.
//
//   {"thing": S, "state": "idle" | "running" | "rolling-back" | "quarantined", "at": N,
//    "job": S, "execution": N,                                    while there is one
//    "cancel": {"text": S, "statusDetails": {S: S}},              while one is called off from here
//    "last": {"jobId": S, "executionNumber": N, "status": S, "verdict": S, "text": S},
//    "quarantine": {"jobId": S, "executionNumber": N, "reason": S, "since": N}}
// Times are whole seconds since the epoch; `at` is the newest one that State knows. Absent members do not
// apply: no `verdict` when nothing had to be undone.
#pragma once

#include <string>
#include <string_view>

#include "core/state.h"

namespace kedge {

enum class DeviceState {
  kIdle,         // takes the next job
  kRunning,      // a job is being checked, run or reported as SUCCEEDED
  kRollingBack,  // a job is being stopped, undone, or reported as undone
  kQuarantined,  // a job could not be undone: takes no other
};
std::string_view ToString(DeviceState state);

DeviceState DeviceStateOf(const State& state);
std::string DeviceStateMessage(const State& state, const std::string& thing);
// The same as an update of a named shadow: {"state": {"reported": {...}}}, what is absent as null.
std::string DeviceShadowMessage(const State& state, const std::string& thing);

}  // namespace kedge
