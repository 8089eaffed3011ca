#include "guards/files/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace kedge::files {
namespace {

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

constexpr int kFolderFlags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool IsMountPoint(int folder, const char* name) {
  struct statx found {};
  return statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &found) == 0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// What the step made immutable or append-only has to go like all else.
void Thaw(int file) {
  int flags = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) != 0 || (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0) return;
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  static_cast<void>(ioctl(file, FS_IOC_SETFLAGS, &flags));  // what cannot be removed for it is told then
}

// Empties a folder with one descriptor at a time, however deep it is: down by name, up by "..", and the way
// up is checked against what was seen on the way down.
class Emptier {
 public:
  explicit Emptier(const Place& place) : place_(place) {}

  Result<void> Run() {
    current_.reset(openat(place_.folder.get(), place_.name.c_str(), O_RDONLY | kFolderFlags));
    if (!current_) return Failed("open " + place_.path);
    for (;;) {
      auto child = RemoveFiles();
      if (!child) return Unexpected(child.error());
      if (!child->empty()) {
        if (auto down = Descend(*std::move(child)); !down) return down;
      } else if (way_.empty()) {
        return {};
      } else if (auto up = Ascend(); !up) {
        return up;
      }
    }
  }

 private:
  struct Level {
    std::string name;  // of the folder we went into
    dev_t device;      // of the folder we came from
    ino_t inode;
  };

  std::string Here() const {
    std::string path = place_.path;
    for (const Level& level : way_) path += "/" + level.name;
    return path;
  }

  // Removes all that is no folder; gives the first folder met, or "".
  Result<std::string> RemoveFiles() {
    const auto names = ListFolder(current_, place_.path);
    if (!names) return Unexpected(names.error());
    std::string folder;
    for (const std::string& name : *names) {
      if (Unlink(current_.get(), name, 0) || errno == ENOENT) continue;
      const int why = errno;
      struct stat found {};
      if (fstatat(current_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(found.st_mode))
        return Unexpected(sys::ErrnoError("remove " + Here() + "/" + name, why));
      // Quick for the many that are empty.
      if (!Unlink(current_.get(), name, AT_REMOVEDIR) && folder.empty()) folder = name;
    }
    return folder;
  }

  Result<void> Descend(std::string name) {
    if (IsMountPoint(current_.get(), name.c_str())) return MountedOver(Here() + "/" + name);
    struct stat from {};
    if (fstat(current_.get(), &from) != 0) return Failed("stat " + Here());
    sys::Fd next(openat(current_.get(), name.c_str(), O_RDONLY | kFolderFlags));
    if (!next) return Failed("open " + Here() + "/" + name);
    current_ = std::move(next);
    way_.push_back({std::move(name), from.st_dev, from.st_ino});
    return {};
  }

  Result<void> Ascend() {
    const Level level = way_.back();
    way_.pop_back();
    sys::Fd parent(openat(current_.get(), "..", O_RDONLY | kFolderFlags));
    struct stat found {};
    if (!parent || fstat(parent.get(), &found) != 0) return Failed("open " + Here());
    if (found.st_dev != level.device || found.st_ino != level.inode)
      return Unexpected(ErrorKind::kBusy,
                        Here() + "/" + level.name + " was moved while it was being removed");
    if (!Unlink(parent.get(), level.name, AT_REMOVEDIR)) return Failed("remove " + Here() + "/" + level.name);
    current_ = std::move(parent);
    return {};
  }

  const Place& place_;
  sys::Fd current_;
  std::vector<Level> way_;
};

}  // namespace

bool Unlink(int folder, const std::string& name, int flags) {
  if (unlinkat(folder, name.c_str(), flags) == 0) return true;
  if (errno != EPERM) return false;
  struct stat found {};
  const bool may_be_frozen = fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                             (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
  // Nothing else is opened: a fifo or a device would answer.
  const sys::Fd file(
      may_be_frozen ? openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1);
  if (file) Thaw(file.get());
  return unlinkat(folder, name.c_str(), flags) == 0;
}

std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string Join(const std::string& folder, const std::string& name) {
  return (folder == "/" ? "" : folder) + "/" + name;
}

bool IsBeneath(const std::string& path, const std::string& folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string Printable(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      text += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
    text += escaped;
  }
  return text;
}

Result<sys::Fd> OpenFolder(const std::string& path) {
  sys::Fd folder(open("/", O_PATH | kFolderFlags));
  if (!folder) return Failed("open /");
  for (size_t start = 1; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string name = path.substr(start, end - start);
    sys::Fd next(openat(folder.get(), name.c_str(), O_PATH | kFolderFlags));
    if (!next && errno == ENOTDIR) {
      return Unexpected(ErrorKind::kDenied, Printable(path.substr(0, end)) +
                                                " is a symbolic link or no folder; it is not followed");
    }
    if (!next) return Failed("open " + path.substr(0, end));
    folder = std::move(next);
    start = end + 1;
  }
  return folder;
}

Result<Place> PlaceOf(const std::string& path) {
  auto [parent, name] = SplitPath(path);
  auto folder = OpenFolder(parent);
  if (!folder) return Unexpected(folder.error());
  return Place{*std::move(folder), name, path};
}

Result<Place> Beside(const Place& place, const std::string& name) {
  sys::Fd folder(fcntl(place.folder.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder) return Failed("open the folder of " + place.path);
  return Place{std::move(folder), name, Join(SplitPath(place.path).first, name)};
}

Result<sys::Fd> EnterFolder(const Place& place) {
  sys::Fd folder(openat(place.folder.get(), place.name.c_str(), O_PATH | kFolderFlags));
  if (!folder) return Failed("open " + place.path);
  return folder;
}

Result<std::vector<std::string>> ListFolder(const sys::Fd& folder, const std::string& path) {
  sys::Fd reader(openat(folder.get(), ".", O_RDONLY | kFolderFlags));
  if (!reader) return Failed("open " + path);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(reader.get()), closedir);
  if (!stream) return Failed("list " + path);
  static_cast<void>(reader.release());  // the stream owns it now
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) return Failed("list " + path);
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> SyncFolder(const sys::Fd& folder, const std::string& path) {
  const sys::Fd opened(openat(folder.get(), ".", O_RDONLY | kFolderFlags));
  if (!opened || fsync(opened.get()) != 0) return Failed("fsync " + path);
  return {};
}

Unexpected MountedOver(const std::string& path) {
  return Unexpected(ErrorKind::kDenied, path + " is a mount point now; unmount it");
}

Unexpected ReplacedMeanwhile(const std::string& path) {
  return Unexpected(ErrorKind::kBusy, path + " was replaced by another program; restore again");
}

Result<void> RemoveTree(const Place& place) {
  const int folder = place.folder.get();
  if (Unlink(folder, place.name, 0) || errno == ENOENT) return {};
  const int why = errno;
  if (IsMountPoint(folder, place.name.c_str())) return MountedOver(place.path);
  struct stat found {};
  const bool is_there = fstatat(folder, place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
  // A file system that is read-only says so even about what is not there.
  if (!is_there && errno == ENOENT) return {};
  if (!is_there || !S_ISDIR(found.st_mode)) return Unexpected(sys::ErrnoError("remove " + place.path, why));
  if (auto emptied = Emptier(place).Run(); !emptied) return emptied;
  if (!Unlink(folder, place.name, AT_REMOVEDIR)) return Failed("remove " + place.path);
  return {};
}

Result<void> PutInPlace(const Place& place, const Node& is, const std::string& made, const Node& made_node) {
  const int folder = place.folder.get();
  const auto rename_over = [&]() -> Result<void> {
    if (renameat(folder, made.c_str(), folder, place.name.c_str()) != 0)
      return Failed("put " + place.path + " back");
    return {};
  };
  const bool rename_can =
      is.type == NodeType::kAbsent || (is.type != NodeType::kFolder && made_node.type != NodeType::kFolder);
  if (rename_can) return rename_over();
  // A folder cannot be renamed over, or over something else: change places with it, so that there is never
  // nothing.
  if (renameat2(folder, made.c_str(), folder, place.name.c_str(), RENAME_EXCHANGE) == 0) {
    const auto replaced = Beside(place, made);
    return replaced ? RemoveTree(*replaced) : Result<void>(Unexpected(replaced.error()));
  }
  // EXDEV: an overlay, and the folder that stands there is of a lower layer.
  if (errno != EINVAL && errno != ENOSYS && errno != EXDEV) return Failed("put " + place.path + " back");
  if (auto removed = RemoveTree(place); !removed) return removed;  // cannot be exchanged
  return rename_over();
}

}  // namespace kedge::files
