// What is at a path. Instead of std::filesystem's questions of the same kind: on Debian 12's armhf libstdc++
// asks with a 32-bit time_t, and there every file dated after January 2038 is an error to it. (Its directory
// iterators, remove_all and the path type itself do not ask for times and may be used.)
#pragma once

#include <string>

#include "core/result.h"

namespace kedge::sys {

// Something is at `path` itself; a symbolic link counts, wherever it leads. False also when nobody can tell.
bool IsThere(const std::string& path);
// `path` itself is a symbolic link, or a folder; false also when nobody can tell.
bool IsLink(const std::string& path);
bool IsFolder(const std::string& path);
// The same of what `path` leads to, through any links.
bool LeadsSomewhere(const std::string& path);
bool LeadsToFolder(const std::string& path);

// What the link at `path` says, as it stands there.
Result<std::string> LinkTarget(const std::string& path);
// `path` absolute and without links, "." and ".."; what does not exist of it, at its end, is taken as it is
// written.
Result<std::string> Canonical(const std::string& path);

}  // namespace kedge::sys
