#include "store/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/journal_file.h"
#include "sys/files.h"

namespace kedge::store {
namespace {

constexpr int kTryEvery = 16;  // commits

// Has the file's whole size, and space for it?
bool Holds(int fd, int64_t bytes) {
  struct stat found {};
  return fstat(fd, &found) == 0 && found.st_size >= bytes && found.st_blocks * 512 >= bytes;
}

}  // namespace

bool Reserve::Exists() const { return access(path_.c_str(), F_OK) == 0; }

void Reserve::Make() {
  const bool existed = Exists();
  const sys::Fd file(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return;  // tried again: no reason to stop
  whole_ = Holds(file.get(), bytes_);
  if (existed && whole_) return;
  if (!whole_) {
    whole_ = posix_fallocate(file.get(), 0, bytes_) == 0;
    // A part of it helps nobody.
    if (!whole_ && ftruncate(file.get(), 0) != 0) return;
  }
  fsync(file.get());
  if (!existed) static_cast<void>(SyncFolder(FolderOf(path_)));
}

bool Reserve::Free() {
  const sys::Fd file(open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (!file || fstat(file.get(), &found) != 0 || found.st_blocks == 0) return false;
  whole_ = false;
  commits_ = 0;
  // A file system with a journal lends the space only when the truncation is on the disk.
  return ftruncate(file.get(), 0) == 0 && fsync(file.get()) == 0;
}

void Reserve::AfterCommit() {
  if (whole_ || ++commits_ < kTryEvery) return;
  commits_ = 0;
  if (RoomForTwo()) Make();
}

bool Reserve::RoomForTwo() const {
  struct statvfs room {};
  if (statvfs(FolderOf(path_).c_str(), &room) != 0) return false;
  return static_cast<int64_t>(room.f_bavail) * static_cast<int64_t>(room.f_frsize) >= 2 * bytes_;
}

}  // namespace kedge::store
