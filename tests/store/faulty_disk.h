// This program's own fdatasync and fsync: they count, and fail on command. SQLite calls the first as it would
// call the C library's, the store's own code the second.
#pragma once

namespace kedge::store {

struct FaultyDisk {
  int syncs = 0;            // fdatasync: databases and their logs
  int full_syncs = 0;       // fsync: folders, the reserve
  int pass_syncs = 0;       // so many succeed before they fail
  bool fail_syncs = false;  // EIO, and what was written meanwhile is not known to be on the disk
};
FaultyDisk& TheDisk();

}  // namespace kedge::store
