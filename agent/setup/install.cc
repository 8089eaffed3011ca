#include "setup/install.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "sys/files.h"

namespace kedge::setup {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// What is there now; none: nothing.
Result<std::optional<File>> Look(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<File>();
    return Unexpected(sys::ErrnoError("stat " + path, errno));
  }
  if (!S_ISREG(found.st_mode)) {
    return Unexpected{ErrorKind::kInvalid,
                      path + " is not a regular file and is not replaced; move it away, or use --in-place"};
  }
  auto content = sys::ReadFile(path, kMaxBytes);
  if (!content) return Unexpected(content.error());
  return std::optional<File>(File{path, *content, found.st_mode & 07777, {found.st_uid, found.st_gid}});
}

bool IsSame(const File& a, const File& b) {
  return a.content == b.content && a.mode == b.mode && a.owner.user == b.owner.user &&
         a.owner.group == b.owner.group;
}

}  // namespace

Result<void> Write(const File& file) {
  return sys::WriteFileAtomic(file.path, file.content, file.mode, file.owner);
}

Result<std::vector<std::string>> Install(const std::vector<File>& files) {
  std::vector<std::string> paths;
  std::vector<std::optional<File>> before;
  Result<void> done;
  for (const File& file : files) {
    done = sys::MakeDirs(FolderOf(file.path), 0755);
    if (!done) break;
    auto old = Look(file.path);
    if (!old) {
      done = Unexpected(old.error());
      break;
    }
    if (*old && IsSame(**old, file)) continue;
    if (*old && (*old)->content != file.content) {
      File backup = **old;
      backup.path += ".bak";
      done = Write(backup);
      if (!done) break;
    }
    done = Write(file);
    if (!done) break;
    paths.push_back(file.path);
    before.push_back(*old);
  }
  if (done) return paths;
  Error error = done.error();
  for (size_t i = paths.size(); i-- > 0;) {
    const auto restored = before[i] ? Write(*before[i]) : Result<void>();
    if (!before[i]) unlink(paths[i].c_str());
    error.message += restored ? "" : "; " + paths[i] + " could not be put back: " + restored.error().message;
  }
  return Unexpected(error);
}

}  // namespace kedge::setup
