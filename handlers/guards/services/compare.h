// What differs between the record of a unit and the unit.
#pragma once

#include <string>
#include <vector>

#include "guards/services/manifest.h"

namespace kedge::services {

// What a recorded ActiveState asks for.
enum class Wanted {
  kUp,      // active or reloading
  kTrying,  // was starting all the time, as one that fails again and again: up, starting or failed
  kDown,    // inactive, and not failed
  kFailed,  // failed, or inactive: nobody can tell systemd that a unit has failed
};
Wanted WantedOf(const Recorded& recorded);

// True when `is` runs, or does not, as `wanted`. Starting and stopping count as running.
bool IsAsWanted(Wanted wanted, const UnitState& is);

// One line a difference: "nginx.service: ActiveState is inactive, was active". A restart is none.
std::vector<std::string> Differences(const Recorded& recorded, const UnitState& is);

}  // namespace kedge::services
