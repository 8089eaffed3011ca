// Small file helpers that say what failed, on which path, and why.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"

namespace kedge::sys {

// An owned descriptor; -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "open /etc/kedge/kedge.yaml: Permission denied", with the kind that fits errno.
Error ErrnoError(const std::string& what, int error_number);

// The whole file, at most `limit` bytes (longer is an error, never a cut).
Result<std::string> ReadFile(const std::string& path, size_t limit = 1 << 20);
struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};
// Writes to a new file beside `path`, syncs it, renames it over `path` and syncs the folder. With an `owner`
// there is no moment at which anybody else could read it.
Result<void> WriteFileAtomic(const std::string& path, std::string_view content, unsigned mode,
                             const std::optional<Owner>& owner = std::nullopt);
// What was made, renamed or removed in the folder is on the disk.
Result<void> SyncFolder(const std::string& path);
// Makes `path` and its missing parents, the last with `mode`; an existing folder is fine and keeps its mode.
Result<void> MakeDirs(const std::string& path, unsigned mode);
// Removes `path` and everything beneath it, never following a symbolic link; a missing path is fine.
Result<void> RemoveTree(const std::string& path);

}  // namespace kedge::sys
