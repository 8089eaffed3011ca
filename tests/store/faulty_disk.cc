#include "faulty_disk.h"

#include <cerrno>

namespace kedge::store {

FaultyDisk& TheDisk() {
  static FaultyDisk disk;
  return disk;
}

namespace {

int Sync(int& count) {
  ++count;
  if (!TheDisk().fail_syncs || TheDisk().pass_syncs-- > 0) return 0;
  errno = EIO;
  return -1;
}

}  // namespace
}  // namespace kedge::store

// The program's symbols come before the C library's.
extern "C" int fdatasync(int) { return kedge::store::Sync(kedge::store::TheDisk().syncs); }
extern "C" int fsync(int) { return kedge::store::Sync(kedge::store::TheDisk().full_syncs); }
