// Where on this machine tasks may have control groups.
#pragma once

#include <string>

#include "core/result.h"

namespace kedge::process {

// The folder of the group that this process lives in; kNotFound without control groups of version 2.
Result<std::string> OwnCgroup();

// The folder beneath which groups can be made: `wished` when that is not empty, else "kedge" in our own
// group. Made, and tried with a real process. The error says what is missing.
Result<std::string> FindCgroupFolder(const std::string& wished);

}  // namespace kedge::process
