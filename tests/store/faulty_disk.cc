#include "faulty_disk.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

namespace kedge::store {

FaultyDisk& TheDisk() {
  static FaultyDisk disk;
  return disk;
}

namespace {

int Fail() {
  errno = EIO;
  return -1;
}

int Sync(int fd, int& count) {
  ++count;
  FaultyDisk& disk = TheDisk();
  if (disk.fail_syncs && disk.pass_syncs-- <= 0) return Fail();
  return disk.listener == nullptr || disk.listener->MaySync(fd) ? 0 : Fail();
}

int Rename(const char* from, const char* to) {
  const FaultyDisk& disk = TheDisk();
  if (disk.listener != nullptr && !disk.listener->MayRename()) return Fail();
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

}  // namespace
}  // namespace kedge::store

// The program's symbols come before the C library's.
extern "C" int fdatasync(int fd) { return kedge::store::Sync(fd, kedge::store::TheDisk().syncs); }
extern "C" int fsync(int fd) { return kedge::store::Sync(fd, kedge::store::TheDisk().full_syncs); }
extern "C" int rename(const char* from, const char* to) noexcept { return kedge::store::Rename(from, to); }
