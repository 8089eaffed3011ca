// Which packages a step may touch: what apt says that it would do, without doing it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/database.h"
#include "guards/packages/items.h"

namespace kedge::packages {

// What the caller knows of what will be done with the items.
enum class Intent { kAny, kInstall, kRemove };

struct Plan {
  std::set<std::string> touched;  // keys of packages of `database` that would be changed, and the items' own
  std::set<std::string> unknown;  // items that apt does not know
  std::vector<Package> coming;    // name, architecture and version of what would be unpacked
};

// Changes nothing. kInvalid: apt cannot do what the intent says, with its reason.
Result<Plan> Simulate(const std::vector<Item>& items, Intent intent, const Database& database);

// Whether apt's lists have exactly this name. apt takes a name that it does not know for a pattern, or for a
// name with a command behind it (`x-`: remove x); such a name must never reach it.
Result<bool> IsKnown(const std::string& name);

}  // namespace kedge::packages
