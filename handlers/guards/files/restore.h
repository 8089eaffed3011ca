// Putting everything back as the snapshot says.
//
// May be interrupted at any instant, also by a power cut, and called again. Touches only what differs.
// Everything new is made complete under a temporary name in the same folder, synced, and then renamed into
// place, so that a reader sees the one or the other, never half a file. Never follows a symbolic link.
#pragma once

#include <string>
#include <vector>

#include "guards/files/manifest.h"
#include "guards/files/snapshot.h"

namespace kedge::files {

struct Restored {
  size_t put_back = 0;  // things that were made, changed or removed
  std::vector<std::string>
      complaints;  // what could not be put back, and why; the rest was put back all the same
};
Restored Restore(const SnapshotFolder& folder, const Manifest& manifest);

}  // namespace kedge::files
