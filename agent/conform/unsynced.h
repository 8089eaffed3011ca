// What a power cut takes away: content of files that was written and not synced. The kernel tells which files
// that are (cachestat, since Linux 6.5); they are emptied, which is what is found after a power cut: a name
// that the journal of the file system had, without the content.
//
// Names that were not synced cannot be seen, and stay.
#pragma once

#include <string>

#include "core/result.h"

namespace kedge::conform {

// Whether files in `folder` can be told apart so: tried with one of them. The error says why not.
Result<void> CanTellUnsynced(const std::string& folder);

// Empties each regular file beneath `folder` with content that is not on the disk. Gives their number.
Result<int> LoseUnsynced(const std::string& folder);

}  // namespace kedge::conform
