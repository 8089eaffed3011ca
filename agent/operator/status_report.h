// What `kedge status` shows: made from State, as one JSON document (also the answer to D-Bus's
// GetStatus), and from that document as text. Pure.
//
//   {"agent": {"version": S, "running": B}, "thing": S, "state": S (core/device_state.h), "link": "up" |
//   "down" | "unknown", "recovering": B (of a running agent; `kedge wait recovered`),
//    "execution": {"jobId": S, "executionNumber": N, "versionNumber": N, "etag": S ("N:N": both
//    numbers, for `kedge cancel --if-match`), "phase": S, "offeredAt": T, "acceptedAt": T,
//                  "step": {"number": N, "of": N, "name": S, "task": S, "since": T,
//                           "told": {S: S} (by KEDGE_STATUS_FD), "waitsFor": S (outlives KILL)},
//                  "cause": {"kind": S, "text": S, "serviceStatus": S, "serviceDetails": {S: S},
//                            "statusDetails": {S: S} (said with a cancel here)},
//                  "verdict": S,
//                  "cancel": {"possible": B, "text": S, "undoes": [{"step": N, "name": S, "by": [S, ...]}]}},
//    "last": {"jobId": S, "executionNumber": N, "status": S, "verdict": S, "text": S, "closedAt": T},
//    "quarantine": {"jobId": S, "executionNumber": N, "reason": S, "since": T},
//    "notes": [S, ...]}
// T is a time as "2026-11-25T02:54:11.123Z". Members that do not apply are absent; more may come: readers
// ignore what they do not know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/state.h"
#include "operator/terminal.h"

namespace kedge::op {

// What State does not know.
struct StatusContext {
  std::string thing;
  std::string version;
  bool recovering = false;         // what an earlier life of the agent left is still being ended or undone
  bool agent_running = true;       // false: read from the journal, nobody acts on it now
  std::vector<std::string> notes;  // sentences for people: how steps are contained, what cannot be reached
};

std::string StatusJson(const State& state, const StatusContext& context);

// What a script waits for, read from the document. Absent: it is no such document.
struct StatusBrief {
  bool recovering = false;
  bool has_job = false;
  bool quarantined = false;
};
std::optional<StatusBrief> BriefOf(std::string_view json);

// The same document over several lines, for `kedge status --json`; text that is no JSON comes back as it is.
std::string PrettyJson(const std::string& json);

// {"accepted": B, "text": S}: what `kedge cancel|clear --json` prints.
std::string ReplyJson(bool accepted, const std::string& text);

// {"reached": B, "text": S}: what `kedge wait --json` prints; no text: nothing to say.
std::string ReachedJson(bool reached, const std::string& text);

// kInvalid when `json` is not such a document. `now` is a wall time, for "12s ago".
Result<std::string> StatusText(std::string_view json, const Look& look, int64_t now);

}  // namespace kedge::op
