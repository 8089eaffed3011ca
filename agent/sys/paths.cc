#include "sys/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sys/files.h"

namespace kedge::sys {
namespace {

// The kind of what is at `path`, in the bits of S_IFMT; 0: nothing, or nobody can tell.
mode_t KindOf(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 ? found.st_mode & S_IFMT : 0;
}

mode_t KindBehind(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & S_IFMT : 0;
}

}  // namespace

bool IsThere(const std::string& path) { return KindOf(path) != 0; }

bool IsLink(const std::string& path) { return KindOf(path) == S_IFLNK; }

bool IsFolder(const std::string& path) { return KindOf(path) == S_IFDIR; }

bool LeadsSomewhere(const std::string& path) { return KindBehind(path) != 0; }

bool LeadsToFolder(const std::string& path) { return KindBehind(path) == S_IFDIR; }

Result<std::string> LinkTarget(const std::string& path) {
  char target[PATH_MAX];  // no link is longer: symlink(2)
  const ssize_t size = readlink(path.c_str(), target, sizeof target);
  if (size < 0) return Unexpected(ErrnoError("readlink " + path, errno));
  return std::string(target, static_cast<size_t>(size));
}

Result<std::string> Canonical(const std::string& path) {
  std::error_code failure;
  std::filesystem::path there = std::filesystem::absolute(path, failure);
  if (failure) return Unexpected(ErrnoError("look at " + path, failure.value()));
  std::filesystem::path rest;
  for (;;) {
    const std::unique_ptr<char, decltype(&free)> real(realpath(there.c_str(), nullptr), &free);
    if (real) return rest.empty() ? std::string(real.get()) : (real.get() / rest).lexically_normal().string();
    if ((errno != ENOENT && errno != ENOTDIR) || !there.has_relative_path())
      return Unexpected(ErrnoError("look at " + path, errno));
    rest = rest.empty() ? there.filename() : there.filename() / rest;
    there = there.parent_path();
  }
}

}  // namespace kedge::sys
