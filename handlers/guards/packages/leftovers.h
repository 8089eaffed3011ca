// What packages that were not there leave behind when they go: files that a half-done unpacking made, what
// their scripts and services wrote, and half-written files of programs that were killed while they changed what
// all packages share (/etc/passwd and the like). Only what the snapshot knows to have been absent is ever removed.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/difference.h"
#include "guards/packages/record.h"
#include "guards/packages/settings.h"

namespace kedge::packages {

// Paths of packages that will be purged or replaced, found while dpkg still knows them, durably in the file
// `leftovers`: a restore that was interrupted no longer can.
Result<void> NoteLeftovers(const Settings& settings, const Record& record, const Database& now,
                           const Difference& difference);

// Whether NoteLeftovers was ever called for this snapshot: packages had been changed.
bool HasNotes(const Settings& settings);

// Paths that were absent and are not. Only when all packages are as they were: until then some of them are
// rightly there.
std::vector<std::string> FindLeftovers(const Settings& settings, const Record& record);

// Removes them, outermost first; the reasons where that cannot be done.
std::vector<std::string> RemoveLeftovers(const Settings& settings, const Record& record);

}  // namespace kedge::packages
