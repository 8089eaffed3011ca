// Makes things anew from the snapshot, under a temporary name beside the place where they belong.
#pragma once

#include <string>

#include "core/result.h"
#include "guards/files/manifest.h"
#include "guards/files/snapshot.h"
#include "guards/files/syncing.h"

namespace kedge::files {

// What `entry` recorded, complete with its metadata (a folder's mtime excepted: it is about to be filled) and
// as `durable` says, at `place`, where nothing is. kUnavailable: no room.
Result<void> Make(const SnapshotFolder& folder, const Entry& entry, const Place& place, Durable durable);

// The same for a file, from the copy itself, which gets a second name instead of being copied: needs no room.
// For a disk that is full. Fails where the copy lies on another file system. The copy's own name has to go
// once this one is in place.
Result<void> MakeOfCopy(const SnapshotFolder& folder, const Entry& entry, const Place& place);

// Writes the recorded content and metadata into the very file that is pinned: for a file with further names
// that are not guarded, which have to stay names of it. Not in one step, but it can be done again.
Result<void> Rewrite(const SnapshotFolder& folder, const Entry& entry, const Pin& pin);

}  // namespace kedge::files
