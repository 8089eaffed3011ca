#include "conform/unsynced.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "sys/files.h"

namespace kedge::conform {
namespace {

// From linux/mman.h of Linux 6.5; Debian 12 has older headers. The number is the same on every architecture
// that Debian has.
constexpr long kCachestat = 451;
struct CachestatRange {
  uint64_t offset = 0;
  uint64_t length = 0;  // 0: up to the end
};
struct Cachestat {
  uint64_t cached = 0;
  uint64_t dirty = 0;
  uint64_t writeback = 0;
  uint64_t evicted = 0;
  uint64_t recently_evicted = 0;
};

Result<bool> IsUnsynced(int fd, const std::string& path) {
  CachestatRange range;
  Cachestat found;
  if (syscall(kCachestat, fd, &range, &found, 0) != 0) {
    if (errno == ENOSYS)
      return Unexpected(ErrorKind::kUnavailable, "only Linux 6.5 and later tells what is synced");
    return Unexpected(sys::ErrnoError("cachestat " + path, errno));
  }
  return found.dirty + found.writeback > 0;
}

}  // namespace

Result<void> CanTellUnsynced(const std::string& folder) {
  const std::string path = folder + "/synced";
  const sys::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Unexpected(sys::ErrnoError("make " + path, errno));
  unlink(path.c_str());
  if (write(file.get(), "x", 1) != 1) return Unexpected(sys::ErrnoError("write " + path, errno));
  const auto before = IsUnsynced(file.get(), path);
  if (!before) return Unexpected(before.error());
  if (fsync(file.get()) != 0) return Unexpected(sys::ErrnoError("sync " + path, errno));
  const auto after = IsUnsynced(file.get(), path);
  if (!after) return Unexpected(after.error());
  if (*before && !*after) return {};
  return Unexpected(ErrorKind::kUnavailable,
                    "the file system of " + folder + " does not tell what is synced");
}

Result<int> LoseUnsynced(const std::string& folder) {
  int lost = 0;
  std::error_code failure;
  std::filesystem::recursive_directory_iterator entry(folder, failure);
  for (; !failure && entry != std::filesystem::recursive_directory_iterator(); entry.increment(failure)) {
    const std::string path = entry->path();
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    // What only its owner may write is ours to open, or root's.
    const sys::Fd file(open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return Unexpected(sys::ErrnoError("open " + path, errno));
    const auto unsynced = IsUnsynced(file.get(), path);
    if (!unsynced) return Unexpected(unsynced.error());
    if (!*unsynced) continue;
    if (ftruncate(file.get(), 0) != 0) return Unexpected(sys::ErrnoError("empty " + path, errno));
    ++lost;
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Unexpected(sys::ErrnoError("read " + folder, failure.value()));
  }
  return lost;
}

}  // namespace kedge::conform
