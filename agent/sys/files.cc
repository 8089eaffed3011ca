#include "sys/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace kedge::sys {
namespace {

ErrorKind KindOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return ErrorKind::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorKind::kDenied;
    case EAGAIN:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ETIMEDOUT:
      return ErrorKind::kUnavailable;
    case EBUSY:
    case ETXTBSY:
    case EADDRINUSE:
      return ErrorKind::kBusy;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
      return ErrorKind::kInvalid;
    case EBADMSG:
    case EUCLEAN:
      return ErrorKind::kCorrupt;
    default:
      return ErrorKind::kIo;
  }
}

Unexpected Failed(const std::string& what) { return Unexpected(ErrnoError(what, errno)); }

// Parent folder and own name of a path: "a/b" is {"a", "b"}, "b" is {".", "b"}, "/b" is {"/", "b"}.
std::pair<std::string, std::string> Split(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Result<void> WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write " + path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// The new file, complete and on the disk, under its temporary name.
Result<void> WriteBeside(const std::string& path, std::string_view content, unsigned mode,
                         const std::optional<Owner>& owner) {
  // A crash may have left an earlier try here; EXCL, so that nothing planted since then is written through.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("remove " + path);
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Failed("create " + path);
  if (auto written = WriteAll(file.get(), content, path); !written) return written;
  // The owner first: a change of it takes bits of the mode away.
  if (owner && fchown(file.get(), owner->user, owner->group) != 0) return Failed("chown " + path);
  if (fchmod(file.get(), mode) != 0) return Failed("chmod " + path);  // after open: the umask has no say
  if (fsync(file.get()) != 0) return Failed("fsync " + path);
  return {};
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) close(fd_);  // never again on EINTR: Linux has closed it
  fd_ = fd;
}

Error ErrnoError(const std::string& what, int error_number) {
  return {KindOf(error_number), what + ": " + std::generic_category().message(error_number)};
}

Result<std::string> ReadFile(const std::string& path, size_t limit) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return Failed("open " + path);
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read " + path);
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > limit) {
      return Unexpected(ErrorKind::kInvalid,
                        "read " + path + ": longer than " + std::to_string(limit) + " bytes");
    }
  }
}

Result<void> WriteFileAtomic(const std::string& path, std::string_view content, unsigned mode,
                             const std::optional<Owner>& owner) {
  const auto [folder, name] = Split(path);
  // One fixed name for each file: what a power cut leaves behind, the next write clears away.
  std::string beside = folder;
  beside.append("/.").append(name).append(".kedge-new");
  auto written = WriteBeside(beside, content, mode, owner);
  if (written && rename(beside.c_str(), path.c_str()) != 0)
    written = Failed("rename " + beside + " to " + path);
  if (!written) {
    unlink(beside.c_str());
    return written;
  }
  return SyncFolder(folder);
}

Result<void> SyncFolder(const std::string& path) {
  const Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return Failed("fsync " + path);
  return {};
}

Result<void> MakeDirs(const std::string& path, unsigned mode) {
  // "a/b/" would make b as a parent, with the parents' mode.
  if (path.size() > 1 && path.back() == '/') return MakeDirs(path.substr(0, path.size() - 1), mode);
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const bool last = end == std::string::npos;
    const std::string folder = path.substr(0, end);
    if (mkdir(folder.c_str(), last ? mode : 0755) == 0) {
      if (last && chmod(folder.c_str(), mode) != 0)
        return Failed("chmod " + folder);  // the umask took bits away
    } else {
      const int why = errno;
      struct stat found {};
      const bool could_look = stat(folder.c_str(), &found) == 0;
      if (!could_look && why == EEXIST) return Failed("stat " + folder);
      if (!could_look || !S_ISDIR(found.st_mode))
        return Unexpected(ErrnoError("mkdir " + folder, why == EEXIST ? ENOTDIR : why));
    }
    if (last) return {};
  }
}

Result<void> RemoveTree(const std::string& path) {
  std::error_code failure;
  std::filesystem::remove_all(path, failure);  // by descriptor, O_NOFOLLOW, in libstdc++ 12 and later
  if (failure) return Unexpected(ErrnoError("remove " + path, failure.value()));
  return {};
}

}  // namespace kedge::sys
