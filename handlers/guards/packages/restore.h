// Going back to the record.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/record.h"
#include "guards/packages/settings.h"

namespace kedge::packages {

struct Restored {
  size_t packages = 0;                  // that differed and are as they were now
  std::vector<std::string> complaints;  // what is not as it was, and why; empty: all is
};

// Repeatable, also after being killed anywhere. Needs no network. kBusy: somebody else holds dpkg.
Result<Restored> Restore(const Settings& settings, const Record& record);

}  // namespace kedge::packages
