// Advance: the one function that decides. Pure: no I/O, clock, log, thread or randomness of its own.
//
// The daemon calls it for each event, commits the new state and the history (one transaction), then carries
// the actions out in order. Every pair of phase and event has an answer; the table is in execution_table.cc
// and, for reading, in EXECUTION.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/action.h"
#include "core/event.h"
#include "core/state.h"

namespace kedge {

struct Transition {
  State state;
  std::vector<Action> actions;
  std::vector<HistoryEntry> history;
  std::string answer;  // what was decided, in the table's words ("ignored, because ..."): for log and trace
};

Transition Advance(const Policy& policy, State state, const Event& event);

// The boot time (milliseconds) at which TimePassed is next wanted; nullopt: no deadline runs.
std::optional<int64_t> NextDeadline(const State& state);

// Whether what the ended task wrote has to be on the disks before its end is handed to Advance: a step is
// done, or undone, when a power cut cannot take that back. Not for what is called off and undone anyway;
// guards sync by themselves (handlers/PROTOCOL.md).
bool HasToBeDurable(const State& state, const TaskEnded& event);

// The statusDetails that an update with `status` carries now.
DetailsMap DetailsFor(const Policy& policy, const Execution& execution, JobStatus status);

}  // namespace kedge
