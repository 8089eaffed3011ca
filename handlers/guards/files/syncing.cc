#include "guards/files/syncing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kedge::files {

Result<void> DiskSync::Add(const sys::Fd& folder, const std::string& path) {
  struct stat found {};
  if (fstat(folder.get(), &found) != 0) return Unexpected(sys::ErrnoError("stat " + path, errno));
  if (disks_.contains(found.st_dev)) return {};
  sys::Fd opened(openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return Unexpected(sys::ErrnoError("open " + path, errno));
  disks_.emplace(found.st_dev, std::pair(std::move(opened), path));
  return {};
}

Result<void> DiskSync::Run() {
  const auto disks = std::exchange(disks_, {});
  for (const auto& [device, disk] : disks) {
    if (syncfs(disk.first.get()) != 0)
      return Unexpected(sys::ErrnoError("sync the file system of " + disk.second, errno));
  }
  return {};
}

}  // namespace kedge::files
