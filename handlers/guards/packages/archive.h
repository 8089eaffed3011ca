// The .deb files that lead back: the exact version that is installed now, found, checked and kept.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/database.h"

namespace kedge::packages {

// One kept .deb.
struct Archive {
  std::string package;  // key
  std::string version;
  std::string file;    // its name in the folder `debs`
  std::string digest;  // "sha256:HEX"
};

// Finds the .deb of the installed `package` in apt's cache or fetches it from apt's sources, checks that it
// is the same package, and copies it durably into `folder`. kNotFound: it is nowhere, or another one under
// the same name: there is no exact way back. kUnavailable: a source has it and cannot be reached, or there is
// not enough room here.
Result<Archive> KeepArchive(const Package& package, const std::string& folder);

// As above without keeping it: whether it seems possible, quickly and without the network.
Result<void> CanBeKept(const Package& package);

// The paths in the .deb of a package that apt has fetched already; empty when it has not.
std::vector<std::string> PathsOfFetched(const Package& package);

// Whether the kept file is as it was. kCorrupt: it is not, or is gone.
Result<void> CheckKept(const Archive& archive, const std::string& folder);

}  // namespace kedge::packages
