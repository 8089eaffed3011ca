// What the caller may name, and where it really leads.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/files/manifest.h"

namespace kedge::files {

// Where `written` leads now: links on the way to it are followed, it itself is not. Absolute and normal paths
// only. kInvalid for a path that is malformed.
Result<Item> ResolveItem(const std::string& written);

// The paths that have to be guarded for `items`: each item; when it is a symbolic link to a file, or to
// nothing, also what the link leads to, for that is what a step writes to through it. Sorted, without those
// beneath another. kDenied for an item in or above a place that cannot be guarded: /, /proc, /sys, /dev, the
// snapshot itself.
Result<std::vector<std::string>> GuardedPaths(const std::vector<Item>& items,
                                              const std::string& state_folder);

}  // namespace kedge::files
