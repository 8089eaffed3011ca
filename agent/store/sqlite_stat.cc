// This file alone has to see `struct stat` as that SQLite was compiled with it: sizes of 64 bits, times
// of 32.
#ifdef KEDGE_SQLITE_STAT32
#undef _TIME_BITS
#endif

#include "store/sqlite_stat.h"

#ifdef KEDGE_SQLITE_STAT32

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace kedge::store {
namespace {

static_assert(sizeof(time_t) == 4 && sizeof(off_t) == 8,
              "what Debian 12's SQLite for 32 bits is compiled with");

void SetTime(const statx_timestamp& from, timespec& to) {
  to.tv_sec = static_cast<time_t>(std::clamp<int64_t>(from.tv_sec, INT32_MIN, INT32_MAX));
  to.tv_nsec = static_cast<long>(from.tv_nsec);
}

int Look(int folder, const char* path, int flags, struct stat* out) {
  struct statx found {};
  if (statx(folder, path, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &found) != 0) return -1;
  std::memset(out, 0, sizeof *out);
  out->st_dev = makedev(found.stx_dev_major, found.stx_dev_minor);
  out->st_ino = found.stx_ino;
  out->st_mode = found.stx_mode;
  out->st_nlink = found.stx_nlink;
  out->st_uid = found.stx_uid;
  out->st_gid = found.stx_gid;
  out->st_rdev = makedev(found.stx_rdev_major, found.stx_rdev_minor);
  out->st_size = static_cast<off_t>(found.stx_size);
  out->st_blksize = static_cast<blksize_t>(found.stx_blksize);
  out->st_blocks = static_cast<blkcnt_t>(found.stx_blocks);
  SetTime(found.stx_atime, out->st_atim);
  SetTime(found.stx_mtime, out->st_mtim);
  SetTime(found.stx_ctime, out->st_ctim);
  return 0;
}

int Stat(const char* path, struct stat* out) { return Look(AT_FDCWD, path, 0, out); }
int LinkStat(const char* path, struct stat* out) { return Look(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out); }
int FileStat(int file, struct stat* out) { return Look(file, "", AT_EMPTY_PATH, out); }

template <typename Call>
bool Replace(const char* name, Call call) {
  sqlite3_vfs* files = sqlite3_vfs_find(nullptr);
  return files != nullptr &&
         files->xSetSystemCall(files, name, reinterpret_cast<sqlite3_syscall_ptr>(call)) == SQLITE_OK;
}

}  // namespace

void LetSqliteSeeAnyDate() {
  static const bool replaced =
      Replace("stat", &Stat) && Replace("fstat", &FileStat) && Replace("lstat", &LinkStat);
  static_cast<void>(replaced);  // otherwise it is as without us: opening says what is wrong
}

}  // namespace kedge::store

#else

namespace kedge::store {

void LetSqliteSeeAnyDate() {}

}  // namespace kedge::store

#endif
