// This program's own fdatasync: counts, and fails on command. SQLite calls it as it would call the C
// library's.
#pragma once

namespace kedge::store {

struct FaultyDisk {
  int syncs = 0;
  bool fail_syncs = false;  // EIO, and what was written meanwhile is not known to be on the disk
};
FaultyDisk& TheDisk();

}  // namespace kedge::store
