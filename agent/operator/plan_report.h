// What `kedge check` prints: a job document as this device would run it, step by step. Pure.
//
// As JSON: {"accepted": B, "reason": S (when not), "forNow": B (it may pass: the device is short of something),
//   "repair": B, "timeoutSeconds": N,
//   "steps": [{"step": N, "name": S, "runs": [S, ...], "handler": S, "runAsUser": S, "notFilledIn": [S, ...],
//              "finalStep": B,
//              "timeoutSeconds": N, "interruptible": B, "ignoreFailure": B, "protects": {S: [S, ...]},
//              "undo": [S, ...], "verify": B}]}
// "undo" is empty for a step that has no way back. Members that do not apply are absent.
#pragma once

#include <string>

#include "core/event.h"
#include "operator/terminal.h"

namespace kedge::op {

std::string PlanText(const Admission& admission, const Look& look);
std::string PlanJson(const Admission& admission);

}  // namespace kedge::op
