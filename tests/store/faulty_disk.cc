#include "faulty_disk.h"

#include <cerrno>

namespace kedge::store {

FaultyDisk& TheDisk() {
  static FaultyDisk disk;
  return disk;
}

}  // namespace kedge::store

// The program's symbols come before the C library's.
extern "C" int fdatasync(int) {
  auto& disk = kedge::store::TheDisk();
  ++disk.syncs;
  if (disk.fail_syncs) {
    errno = EIO;
    return -1;
  }
  return 0;
}
