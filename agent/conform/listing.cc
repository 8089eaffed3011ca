#include "conform/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::conform {
namespace {

// A file that changed this short a time ago may change once more within the same tick of the file system's
// clock: what was read is not kept for the next time.
constexpr int64_t kYoung = 1'000'000'000;  // nanoseconds

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

std::string Hex(const unsigned char* bytes, size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) text.append({kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]});
  return text;
}

std::string Sha256(const void* bytes, size_t count) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes, count, digest.data(), &length, EVP_sha256(), nullptr);
  return Hex(digest.data(), length);
}

const char* TypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "folder";
    case S_IFLNK:
      return "link";
    case S_IFCHR:
      return "character device";
    case S_IFBLK:
      return "block device";
    case S_IFIFO:
      return "fifo";
    default:
      return "socket";
  }
}

// "" for none; where a file system has none of them too.
std::string Xattrs(const std::string& path) {
  const ssize_t room = llistxattr(path.c_str(), nullptr, 0);
  if (room <= 0) return "";
  std::string names(static_cast<size_t>(room), '\0');
  const ssize_t length = llistxattr(path.c_str(), names.data(), names.size());
  std::set<std::string> facts;  // in order, for a file system may list them in any
  for (size_t start = 0; length > 0 && start < static_cast<size_t>(length);) {
    const std::string name = names.c_str() + start;
    std::string value(65536, '\0');  // the kernel's limit
    const ssize_t size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    facts.insert(name + "=" +
                 (size < 0 ? "?" : Sha256(value.data(), static_cast<size_t>(size)).substr(0, 16)));
    start += name.size() + 1;
  }
  std::string text;
  for (const std::string& fact : facts) text += " " + fact;
  return text;
}

std::string Octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
}

Result<std::string> LinkTarget(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return Unexpected(sys::ErrnoError("readlink " + path, errno));
  target.resize(static_cast<size_t>(length));
  return target;
}

Result<std::set<std::string>> NamesIn(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) return Unexpected(sys::ErrnoError("open " + path, errno));
  std::set<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.insert(name);
  }
  if (errno != 0) return Unexpected(sys::ErrnoError("read " + path, errno));
  return names;
}

}  // namespace

Result<std::string> Lister::Hash(const std::string& path) {
  const sys::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return Unexpected(sys::ErrnoError("open " + path, errno));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> sum(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr);
  std::vector<char> bytes(size_t{1} << 18);
  for (;;) {
    const ssize_t got = read(file.get(), bytes.data(), bytes.size());
    if (got < 0) return Unexpected(sys::ErrnoError("read " + path, errno));
    if (got == 0) break;
    EVP_DigestUpdate(sum.get(), bytes.data(), static_cast<size_t>(got));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(sum.get(), digest.data(), &length);
  return Hex(digest.data(), length);
}

Result<void> Lister::Add(const std::string& path, std::map<Inode, std::string>* seen, Listing* listing) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return Unexpected(sys::ErrnoError("look at " + path, errno));
  }
  const bool is_folder = S_ISDIR(found.st_mode);
  std::string facts = std::string(TypeOf(found.st_mode)) + " " + Octal(found.st_mode) + " " +
                      std::to_string(found.st_uid) + ":" + std::to_string(found.st_gid);
  const Inode inode(found.st_dev, found.st_ino);
  if (S_ISREG(found.st_mode)) {
    const int64_t changed = Nanoseconds(found.st_ctim);
    Known& known = known_[inode];
    if (known.hash.empty() || known.changed != changed || known.size != found.st_size) {
      const auto hash = Hash(path);
      if (!hash) return Unexpected(hash.error());
      const bool young = sys::WallMillis() * 1'000'000 - changed < kYoung;
      known = {young ? 0 : changed, found.st_size, *hash};
    }
    facts += " size " + std::to_string(found.st_size) + " sha256 " + known.hash.substr(0, 16);
  } else if (S_ISLNK(found.st_mode)) {
    const auto target = LinkTarget(path);
    if (!target) return Unexpected(target.error());
    facts += " to '" + *target + "'";
  } else if (S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode)) {
    facts += " " + std::to_string(major(found.st_rdev)) + ":" + std::to_string(minor(found.st_rdev));
  }
  if (!is_folder) {
    facts += " of " + std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
    if (found.st_nlink > 1) {
      const auto [first, is_new] = seen->emplace(inode, path);
      facts += " names " + std::to_string(found.st_nlink) + (is_new ? "" : " same as " + first->second);
    }
  }
  (*listing)[path] = facts + Xattrs(path);
  if (!is_folder) return {};
  const auto names = NamesIn(path);
  if (!names) return Unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string inside = (path == "/" ? "" : path) + "/" + name;
    if (auto added = Add(inside, seen, listing); !added) return added;
  }
  return {};
}

Result<Listing> Lister::List(const std::vector<std::string>& paths) {
  Listing listing;
  std::map<Inode, std::string> seen;
  for (const std::string& path : paths) {
    if (auto added = Add(path, &seen, &listing); !added) return Unexpected(added.error());
  }
  return listing;
}

std::vector<std::string> Differences(const Listing& was, const Listing& is) {
  std::vector<std::string> lines;
  for (const auto& [path, facts] : was) {
    const auto found = is.find(path);
    if (found == is.end()) {
      lines.push_back(path + ": absent, was " + facts);
    } else if (found->second != facts) {
      lines.push_back(path + ": " + found->second + ", was " + facts);
    }
  }
  for (const auto& [path, facts] : is) {
    if (!was.contains(path)) lines.push_back(path + ": " + facts + ", was absent");
  }
  return lines;
}

}  // namespace kedge::conform
