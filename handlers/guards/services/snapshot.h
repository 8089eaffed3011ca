// Taking the snapshot, and reading it back. The folder is KEDGE_STATE_DIR; ../SERVICES.md says what is in it.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/services/manifest.h"

namespace kedge::services {

// What could be kept of `units` (names from ReadUnits) now: everything but the copies of the files. Waits for
// units that are starting or stopping. kDenied, with the reason, when they could not be put back exactly.
Result<Manifest> LookAt(const std::vector<std::string>& units);

// Keeps `units` in `folder`; durable when it returns. Throws away what an interrupted try has left.
Result<Manifest> TakeSnapshot(const std::string& folder, const std::vector<std::string>& units);

// kNotFound: there is no complete snapshot. kCorrupt: there is one that cannot be believed.
Result<Manifest> ReadSnapshot(const std::string& folder);

}  // namespace kedge::services
