// Many seeds, some at a time, each in a process of its own: what one of them breaks, the others do not feel.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "voyage.h"

namespace kedge::weather {

struct Campaign {
  uint64_t first = 1;
  int seeds = 24;
  int parallel = 2;
  Telling telling;  // each seed keeps its files in a folder of its own in telling.keep
};

struct Arrival {
  uint64_t seed = 0;
  double seconds = 0;
  Outcome outcome;
};

// Calls `arrived` for each seed when it is done, in this process. Throws std::runtime_error when a process
// cannot be made.
void SailAll(const Campaign& campaign, const std::function<void(const Arrival&)>& arrived);

}  // namespace kedge::weather
