#include "guards/files/node.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

namespace kedge::files {
namespace {

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

Time TimeFrom(const struct statx_timestamp& time) { return {time.tv_sec, time.tv_nsec}; }

NodeType TypeFrom(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return NodeType::kFile;
    case S_IFDIR:
      return NodeType::kFolder;
    case S_IFLNK:
      return NodeType::kLink;
    case S_IFIFO:
      return NodeType::kFifo;
    default:
      return NodeType::kOther;
  }
}

std::string Octal(unsigned mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return digits;
}

std::string ToText(const Time& time) {
  std::string nanoseconds = std::to_string(time.nanoseconds);
  nanoseconds.insert(0, 9 - nanoseconds.size(), '0');
  return std::to_string(time.seconds) + "." + nanoseconds;
}

// Calls `read` with a larger buffer until the answer fits: it may grow between asking for the size and
// reading.
template <typename Read>
Result<std::string> ReadGrowing(const std::string& what, Read read) {
  for (std::string buffer(1024, '\0');; buffer.resize(buffer.size() * 4)) {
    const ssize_t got = read(buffer.data(), buffer.size());
    if (got >= 0 && static_cast<size_t>(got) < buffer.size()) {
      buffer.resize(static_cast<size_t>(got));
      return buffer;
    }
    if (got < 0 && errno != ERANGE) return Failed(what);
    if (buffer.size() > (1 << 20)) return Unexpected(ErrorKind::kInvalid, what + ": longer than 1 MiB");
  }
}

}  // namespace

std::string Describe(const Node& node) {
  switch (node.type) {
    case NodeType::kAbsent:
      return "absent";
    case NodeType::kFile:
      return "a file";
    case NodeType::kFolder:
      return "a folder";
    case NodeType::kLink:
      return "a symbolic link";
    case NodeType::kFifo:
      return "a fifo";
    case NodeType::kOther:
      break;
  }
  return node.is_device ? "a device" : "a socket";
}

Pin::Pin(sys::Fd fd, std::string path)
    : fd_(std::move(fd)), path_(std::move(path)), proc_("/proc/self/fd/" + std::to_string(fd_.get())) {}

Result<Pin> Pin::Take(const Place& place) {
  sys::Fd fd(openat(place.folder.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno != ENOENT) return Failed("look at " + place.path);
  return Pin(std::move(fd), place.path);
}

Result<Pin> Pin::Of(const sys::Fd& file, const std::string& path) {
  sys::Fd fd(fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
  if (!fd) return Failed("hold " + path);
  return Pin(std::move(fd), path);
}

Result<sys::Fd> Pin::Open(int flags) const {
  // NOATIME is only for the owner and root; NONBLOCK in case a lease is held on the file.
  sys::Fd file(open(proc_.c_str(), flags | O_NOATIME | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == EPERM) file.reset(open(proc_.c_str(), flags | O_NONBLOCK | O_CLOEXEC));
  if (!file) return Failed("open " + path_);
  return file;
}

Result<void> Pin::Thaw() const {
  const auto file = Open(O_RDONLY);
  if (!file) return Unexpected(file.error());
  int flags = 0;
  if (ioctl(file->get(), FS_IOC_GETFLAGS, &flags) != 0) return Failed("read the flags of " + path_);
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  if (ioctl(file->get(), FS_IOC_SETFLAGS, &flags) != 0)
    return Failed("make " + path_ + " changeable (chattr -i -a)");
  if (fsync(file->get()) != 0) return Failed("fsync " + path_);
  return {};
}

Result<Node> Pin::Look() const {
  Node node;
  if (!fd_) return node;
  struct statx found {};
  if (statx(fd_.get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &found) != 0)
    return Failed("stat " + path_);
  node.type = TypeFrom(found.stx_mode);
  node.mode = found.stx_mode & 07777U;
  node.uid = found.stx_uid;
  node.gid = found.stx_gid;
  node.mtime = TimeFrom(found.stx_mtime);
  node.size = node.type == NodeType::kFile ? found.stx_size : 0;
  node.inode = found.stx_ino;
  if ((found.stx_mask & STATX_BTIME) != 0) node.born = TimeFrom(found.stx_btime);
  node.names = found.stx_nlink;
  node.device = (static_cast<uint64_t>(found.stx_dev_major) << 32U) | found.stx_dev_minor;
  node.disk_bytes = found.stx_blocks * 512;
  node.changed = TimeFrom(found.stx_ctime);
  node.is_mount_point = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  node.is_frozen = (found.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
  node.is_device = S_ISCHR(found.stx_mode) || S_ISBLK(found.stx_mode);
  if (node.type == NodeType::kLink) {
    auto target = ReadGrowing("read the link " + path_, [this](char* buffer, size_t size) {
      return readlinkat(fd_.get(), "", buffer, size);
    });
    if (!target) return Unexpected(target.error());
    node.target = *std::move(target);
  }
  auto xattrs = ReadXattrs();
  if (!xattrs) return Unexpected(xattrs.error());
  node.xattrs = *std::move(xattrs);
  return node;
}

Result<std::map<std::string, std::string>> Pin::ReadXattrs() const {
  std::map<std::string, std::string> xattrs;
  const auto names =
      ReadGrowing("list the extended attributes of " + path_, [this](char* buffer, size_t size) {
        const ssize_t got = listxattr(proc_.c_str(), buffer, size);
        return got < 0 && errno == ENOTSUP ? 0 : got;
      });
  if (!names) return Unexpected(names.error());
  for (size_t start = 0; start < names->size();) {
    const std::string name(names->c_str() + start);
    start += name.size() + 1;
    bool is_gone = false;
    auto value =
        ReadGrowing("read the extended attribute " + name + " of " + path_, [&](char* buffer, size_t size) {
          const ssize_t got = getxattr(proc_.c_str(), name.c_str(), buffer, size);
          is_gone = got < 0 && errno == ENODATA;  // removed since it was listed
          return is_gone ? 0 : got;
        });
    if (!value) return Unexpected(value.error());
    if (!is_gone) xattrs.emplace(name, *std::move(value));
  }
  return xattrs;
}

Result<void> Pin::ApplyXattrs(const Node& want) const {
  // Read afresh: a change of owner has just made the kernel drop capabilities.
  const auto is = ReadXattrs();
  if (!is) return Unexpected(is.error());
  for (const auto& [name, value] : *is) {
    if (!want.xattrs.contains(name) && removexattr(proc_.c_str(), name.c_str()) != 0 && errno != ENODATA)
      return Failed("remove the extended attribute " + name + " of " + path_);
  }
  for (const auto& [name, value] : want.xattrs) {
    const auto found = is->find(name);
    if (found != is->end() && found->second == value) continue;
    if (setxattr(proc_.c_str(), name.c_str(), value.data(), value.size(), 0) != 0)
      return Failed("set the extended attribute " + name + " of " + path_);
  }
  return {};
}

// The order is the kernel's: a change of owner clears set-id bits and capabilities, an ACL changes the mode's
// group bits, and every one of them changes nothing about the mtime.
Result<void> Pin::Apply(const Node& want) const {
  struct stat is {};
  if (fstat(fd_.get(), &is) != 0) return Failed("stat " + path_);
  if ((is.st_uid != want.uid || is.st_gid != want.gid) &&
      fchownat(fd_.get(), "", want.uid, want.gid, AT_EMPTY_PATH) != 0)
    return Failed("change the owner of " + path_);
  if (auto applied = ApplyXattrs(want); !applied) return applied;
  if (fstat(fd_.get(), &is) != 0) return Failed("stat " + path_);
  if (!S_ISLNK(is.st_mode) && (is.st_mode & 07777U) != want.mode && chmod(proc_.c_str(), want.mode) != 0)
    return Failed("change the mode of " + path_);
  struct timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = static_cast<time_t>(want.mtime.seconds);
  times[1].tv_nsec = static_cast<long>(want.mtime.nanoseconds);
  const bool same_time = is.st_mtim.tv_sec == times[1].tv_sec && is.st_mtim.tv_nsec == times[1].tv_nsec;
  if (!same_time && utimensat(AT_FDCWD, proc_.c_str(), times, 0) != 0)
    return Failed("change the time of " + path_);
  return {};
}

Result<Node> LookAt(const Place& place) {
  const auto pin = Pin::Take(place);
  if (!pin) return Unexpected(pin.error());
  return pin->Look();
}

bool IsSameNow(const Node& one, const Node& other) {
  return one.type == other.type && one.inode == other.inode && one.device == other.device;
}

Result<bool> IsRootOfOther(const Place& place) {
  const sys::Fd entered(
      openat(place.folder.get(), place.name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!entered && (errno == ENOENT || errno == ENOTDIR)) return false;
  struct statx found {};
  struct stat parent {};
  if (!entered || statx(entered.get(), "", AT_EMPTY_PATH, 0, &found) != 0 ||
      fstat(place.folder.get(), &parent) != 0)
    return Failed("look at " + place.path);
  // A bind mount of the same file system makes no difference, and btrfs has devices of its own for
  // subvolumes.
  return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 &&
         makedev(found.stx_dev_major, found.stx_dev_minor) != parent.st_dev;
}

std::vector<std::string> MetadataDifferences(const Node& was, const Node& is) {
  std::vector<std::string> phrases;
  const auto differs = [&phrases](const std::string& what, const std::string& now,
                                  const std::string& before) {
    if (now != before) phrases.push_back(what + " is " + now + ", was " + before);
  };
  differs("mode", Octal(is.mode), Octal(was.mode));
  differs("owner", std::to_string(is.uid), std::to_string(was.uid));
  differs("group", std::to_string(is.gid), std::to_string(was.gid));
  differs("mtime", ToText(is.mtime), ToText(was.mtime));
  if (is.is_frozen && !was.is_frozen) phrases.emplace_back("is immutable or append-only (chattr), was not");
  for (const auto& [name, value] : was.xattrs) {
    const auto found = is.xattrs.find(name);
    if (found == is.xattrs.end())
      phrases.push_back("extended attribute " + name + " is absent, was there");
    else if (found->second != value)
      phrases.push_back("extended attribute " + name + " is another of " +
                        std::to_string(found->second.size()) + " bytes, was " + std::to_string(value.size()) +
                        " bytes");
  }
  for (const auto& [name, value] : is.xattrs) {
    if (!was.xattrs.contains(name)) phrases.push_back("extended attribute " + name + " is there, was absent");
  }
  return phrases;
}

}  // namespace kedge::files
