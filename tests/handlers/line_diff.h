// What two texts differ in: for what a test compares as text.
#pragma once

#include <string>

namespace kedge::testing {

// The lines that only `before` has ("- ") and only `after` has ("+ "), or has more often; "" when they are
// the same.
std::string LineDiff(const std::string& before, const std::string& after);

}  // namespace kedge::testing
