// One plain job of one step, as the commits that a real one makes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/state.h"

namespace kedge::store {

struct Change {
  State after;
  std::vector<HistoryEntry> history;
};

// A document of one step that runs `command`.
std::string OneStepDocument(const std::string& command);
// `from` with an execution that was just offered and waits for IN_PROGRESS to be accepted.
Change Offer(const State& from, const ExecutionId& id, const std::string& document);
// The whole life of a no-op job from `from` on, with nothing current: offered, running, finishing, closed.
std::vector<Change> NoOpJob(const State& from, int64_t number);

}  // namespace kedge::store
