// This program's own fdatasync, fsync and rename: they count, and fail on command. SQLite calls the first as
// it would call the C library's, the store's own code the others. Nothing is ever really synced.
#pragma once

namespace kedge::store {

// Hears of each sync and rename before it is made.
class DiskListener {
 public:
  virtual ~DiskListener() = default;
  // False: it fails with EIO and does nothing. `fd`: of a file or of a folder.
  virtual bool MaySync(int fd) = 0;
  virtual bool MayRename() = 0;
};

struct FaultyDisk {
  int syncs = 0;                     // fdatasync: databases and their logs
  int full_syncs = 0;                // fsync: folders, the reserve
  int pass_syncs = 0;                // so many succeed before they fail
  bool fail_syncs = false;           // EIO, and what was written meanwhile is not known to be on the disk
  DiskListener* listener = nullptr;  // not owned; asked about the calls that would succeed
};
FaultyDisk& TheDisk();

}  // namespace kedge::store
