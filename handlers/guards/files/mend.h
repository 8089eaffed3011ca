// Mends single things so that they are as recorded, and remembers which folders it has touched. In which
// order, and which things: restore.h.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "guards/files/manifest.h"
#include "guards/files/snapshot.h"
#include "guards/files/syncing.h"

namespace kedge::files {

class Mender {
 public:
  Mender(const SnapshotFolder& folder, const Manifest& manifest) : folder_(folder), manifest_(manifest) {}

  // Makes the entry anew and puts it where it belongs, in place of what `is` there. kLater: made, and put in
  // place once it is synced together with others.
  Result<void> Replace(size_t index, const Node& is, Durable durable = Durable::kNow);
  // Mends a file, link or fifo: in place when only the metadata differs, otherwise by replacing it. `here`:
  // how many guarded names the inode has that is there now; `outside`: how many others it had when it was
  // recorded. `may_wait`: nothing else needs it in place before Finish.
  Result<void> PutBack(size_t index, const Node& is, size_t here, size_t outside, bool may_wait);
  // Makes the entry another name of the entry `anchor`, which is right by now.
  Result<void> LinkTo(size_t anchor, size_t index, const Node& is);
  // Puts in place what waits for that; gives what has failed since the last time. To be called before folders
  // get their metadata, and at the end.
  std::vector<Error> Finish();
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
  Result<void> ReplaceOnFullDisk(size_t index, const Node& is, const Place& place, const Place& beside);
  Result<void> Wait(size_t index, const Node& is, const Place& place);
  void Settle();
  Result<void> SyncFile(const Pin& pin, const Place& place);
  // Something at `path` was made, changed or removed.
  void Touched(const std::string& path);

  const SnapshotFolder& folder_;
  const Manifest& manifest_;
  // Made under their temporary names, with what stands in their places.
  std::vector<std::pair<size_t, Node>> waiting_;
  DiskSync disks_;
  std::vector<Error> failures_;
  size_t synced_ = 0;
  size_t count_ = 0;
  std::set<std::string> touched_;
};

}  // namespace kedge::files
