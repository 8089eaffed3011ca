// Mends single things so that they are as recorded, and remembers which folders it has touched. In which
// order, and which things: restore.h.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "core/result.h"
#include "guards/files/manifest.h"
#include "guards/files/snapshot.h"

namespace kedge::files {

class Mender {
 public:
  Mender(const SnapshotFolder& folder, const Manifest& manifest) : folder_(folder), manifest_(manifest) {}

  // Makes the entry anew and puts it where it belongs, in place of what `is` there.
  Result<void> Replace(size_t index, const Node& is);
  // Mends a file, link or fifo: in place when only the metadata differs, otherwise by replacing it. `here`:
  // how many guarded names the inode has that is there now; `outside`: how many others it had when it was
  // recorded.
  Result<void> PutBack(size_t index, const Node& is, size_t here, size_t outside);
  // Makes the entry another name of the entry `anchor`, which is right by now.
  Result<void> LinkTo(size_t anchor, size_t index, const Node& is);
  // A guarded folder's own metadata, once its content is right.
  Result<void> FinishFolder(size_t index);
  // Removes what is at `path`, if anything is.
  Result<void> Remove(const std::string& path);
  Result<void> RemoveIfEmpty(const std::string& path);
  // What an earlier restore, killed, left beside the entry.
  Result<void> ClearTemporary(size_t index);

  size_t count() const { return count_; }                            // things made, changed or removed
  const std::set<std::string>& touched() const { return touched_; }  // folders to sync

 private:
  const Entry& At(size_t index) const { return manifest_.entries[index]; }
  // Something at `path` was made, changed or removed.
  void Touched(const std::string& path);

  const SnapshotFolder& folder_;
  const Manifest& manifest_;
  size_t count_ = 0;
  std::set<std::string> touched_;
};

}  // namespace kedge::files
