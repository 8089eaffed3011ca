// The units around those that are guarded: what is stopped when one is stopped, and started when one is
// started.
#pragma once

#include <vector>

#include "core/result.h"
#include "guards/services/manifest.h"

namespace kedge::services {

// The running units that stop with one of `units`, or because one of them is started (Conflicts=), directly
// or through another; and those not running that are started with one. Devices, scopes and slices are left
// out: they come and go with the others. kDenied when one of Kedge's own units would be stopped.
Result<std::vector<Recorded>> LookAround(const std::vector<UnitState>& units);

}  // namespace kedge::services
