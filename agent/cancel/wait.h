// `kedge cancel --wait-for-state`: looks how the execution stands until it is in one of the states, can never
// be, or the time is up. Pure but for what is handed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cancel/states.h"
#include "core/result.h"

namespace kedge::cancel {

struct WaitDoors {
  // How the execution stands; an error while nobody can tell: it is asked again.
  std::function<Result<Stand>()> look;
  // Waits so long, or until something has changed.
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<int64_t()> now;  // milliseconds since boot
};

struct Waited {
  enum class End {
    kReached,
    kImpossible,  // it ended in another state
    kTooLong,
  };
  End end = End::kTooLong;
  std::optional<Awaited> state;  // kReached: which
  std::optional<Stand> stand;    // as last seen
  std::string trouble;           // why it could not be seen the last time
};

// Looks at least once, also without any time.
Waited Wait(const std::vector<Awaited>& states, std::chrono::milliseconds most,
            std::chrono::milliseconds interval, const WaitDoors& doors);

}  // namespace kedge::cancel
