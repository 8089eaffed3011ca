// Comparing the units with the snapshot.
#pragma once

#include <string>
#include <vector>

#include "guards/services/manifest.h"

namespace kedge::services {

struct Findings {
  std::vector<std::string> differences;  // one line each
  std::vector<std::string> troubles;     // why something could not be looked at
};

// Waits until no unit is on its way up or down, two minutes at most, and changes nothing. `folder` holds the
// snapshot.
Findings Verify(const std::string& folder, const Manifest& manifest);

}  // namespace kedge::services
