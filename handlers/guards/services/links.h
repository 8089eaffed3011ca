// Where a unit's configuration lies on the disk: its own files, and the links that enable it.
//
// Only what an administrator, or systemctl for him, makes: in /etc and /run. What lies in /usr belongs to
// packages. `root` stands before every path, for tests; it is "" otherwise.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/services/systemctl.h"

namespace kedge::services {

// The paths that hold a unit's file, a mask in its place, or its folder of drop-ins, whether they exist or
// not.
std::vector<std::string> OwnPaths(const std::vector<UnitState>& units, const std::string& root);

// The names by which links to `units` are found: theirs, and those of the units that are enabled along with
// them (Also= in their files).
std::vector<std::string> LinkNames(const std::vector<UnitState>& units, const std::string& root);

// The links that are there now: in *.wants and *.requires folders and beside the units, of one of `names` or
// leading to one; and those of System V's runlevels, which systemctl keeps in step. Sorted.
std::vector<std::string> FindLinks(const std::vector<std::string>& names, const std::string& root);

// The *.wants and *.requires folders that are there. Sorted.
std::vector<std::string> FindLinkFolders(const std::string& root);

// Removes a link, durably. kDenied: what is there is no link.
Result<void> RemoveLink(const std::string& link);
// Removes those folders for links that are empty and not among `known`.
void RemoveEmptyLinkFolders(const std::vector<std::string>& known, const std::string& root);

}  // namespace kedge::services
