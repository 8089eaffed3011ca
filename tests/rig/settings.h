// The agent's configuration in a rig: what the rig needs, and on top of it what a test says.
#pragma once

#include <string>

namespace kedge::rig {

// Both are YAML. Maps are merged member by member; anything else in `upper` takes the place of what is in
// `lower`.
std::string Merged(const std::string& lower, const std::string& upper);

}  // namespace kedge::rig
