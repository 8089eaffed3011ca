// The order of starting and stopping. systemd orders what is in its queue, but systemctl puts one unit after
// the other into it, and the first may be running before the second is there.
#pragma once

#include <string>
#include <vector>

#include "guards/services/systemctl.h"

namespace kedge::services {

// `units` such that each comes behind those that it is started after (After=), as `states` have it; otherwise
// as given. One without a state comes last. To stop, go backwards.
std::vector<std::string> InStartOrder(const std::vector<std::string>& units,
                                      const std::vector<UnitState>& states);

}  // namespace kedge::services
