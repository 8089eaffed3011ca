// Looking at the device itself: is it as the record says?
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/record.h"
#include "guards/packages/settings.h"

namespace kedge::packages {

struct Findings {
  std::vector<std::string> differences;  // one line each: WHAT: what is, what was
  std::vector<std::string> troubles;     // what could not be looked at
};

// Changes nothing. kBusy: somebody else is changing packages.
Result<Findings> Verify(const Settings& settings, const Record& record);

}  // namespace kedge::packages
