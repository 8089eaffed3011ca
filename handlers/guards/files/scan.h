// Lists what is to be guarded, without reading any content yet.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/files/manifest.h"

namespace kedge::files {

// Entries for each of `paths` (resolved, none beneath another) and for the folders on the way to them; a
// folder stands before what is in it. Copies are numbered, digests are empty. kDenied: a mount point, a
// device or a socket is among them, or a link or a file stands where a folder is expected.
Result<std::vector<Entry>> Scan(const std::vector<std::string>& paths);

}  // namespace kedge::files
