#include "process/trusted.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace kedge::process {
namespace {

Unexpected Denied(const std::string& path, const std::string& why) {
  return Unexpected(ErrorKind::kDenied, path + " " + why);
}

std::string Octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
}

// Only root and the agent's own user may be able to change what is here.
Result<void> CheckKeeper(const std::string& path, const struct stat& found) {
  if (found.st_uid != 0 && found.st_uid != geteuid()) {
    return Denied(path, "belongs to uid " + std::to_string(found.st_uid) + ", not to root: chown root it");
  }
  // In a sticky folder (/tmp) others can add names, but neither remove nor replace those of root.
  const bool sticky_folder = S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0;
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_folder) {
    return Denied(path, "can be written by others (mode " + Octal(found.st_mode) + "): chmod go-w it");
  }
  return {};
}

Result<void> CheckFile(const std::string& path, const struct stat& found) {
  if (auto kept = CheckKeeper(path, found); !kept) return kept;
  if (!S_ISREG(found.st_mode)) return Denied(path, "is not a regular file");
  if ((found.st_mode & 0111) == 0) {
    return Denied(path, "is not executable (mode " + Octal(found.st_mode) + "): chmod +x it");
  }
  return {};
}

// Splits "/a//b/" into {"a", "b"}; refuses "." and "..".
Result<std::vector<std::string>> Components(const std::string& path) {
  std::vector<std::string> parts;
  for (const auto& part : std::filesystem::path(path).relative_path()) {
    if (part.empty()) continue;  // after the last slash
    if (part == "." || part == "..") return Denied(path, "contains '" + part.string() + "'");
    parts.push_back(part);
  }
  return parts;
}

struct Place {
  std::string path;
  sys::Fd fd;  // O_PATH
  struct stat found {};
};

// One name further, never through a link: O_PATH and O_NOFOLLOW open a link itself. Name by name this is what
// openat2(RESOLVE_NO_SYMLINKS) does, on every kernel, and each folder can be checked.
Result<Place> Enter(const Place& from, const std::string& name) {
  Place place;
  place.path = (from.path == "/" ? "" : from.path) + "/" + name;
  place.fd.reset(openat(from.fd.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!place.fd || fstat(place.fd.get(), &place.found) != 0)
    return Unexpected(sys::ErrnoError(place.path, errno));
  if (S_ISLNK(place.found.st_mode)) return Denied(place.path, "is a symbolic link");
  if (auto kept = CheckKeeper(place.path, place.found); !kept) return Unexpected(kept.error());
  return place;
}

struct Beneath {
  std::string path;  // with the folder's own links resolved
  size_t depth = 0;  // of the folder
};

// `path` beneath the first folder that leads to it.
Result<Beneath> BeneathFolder(const std::string& path, const std::vector<std::string>& folders) {
  const auto parts = Components(path);
  if (!parts) return Unexpected(parts.error());
  std::string listed;
  for (const auto& folder : folders) {
    const auto above = Components(folder);
    if (!above) return Unexpected(above.error());
    listed += (listed.empty() ? "" : ", ") + folder;
    if (path.empty() || path[0] != '/' || parts->size() < above->size()) continue;
    if (!std::equal(above->begin(), above->end(), parts->begin())) continue;
    std::error_code failure;
    Beneath beneath{std::filesystem::canonical(folder, failure)};
    if (failure) return Unexpected(sys::ErrnoError(folder, failure.value()));
    const auto real = Components(beneath.path);
    if (!real) return Unexpected(real.error());
    beneath.depth = real->size();
    for (size_t i = above->size(); i < parts->size(); ++i) beneath.path.append("/").append((*parts)[i]);
    return beneath;
  }
  return Denied(path, "is not beneath a configured handler folder (" + listed + ")");
}

// From the configured folder down to what was asked for.
using Way = std::vector<Place>;

Result<Way> WalkOnce(const Beneath& beneath) {
  const auto parts = Components(beneath.path);
  if (!parts) return Unexpected(parts.error());
  Place place;
  place.path = "/";
  place.fd.reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.fd || fstat(place.fd.get(), &place.found) != 0) return Unexpected(sys::ErrnoError("/", errno));
  if (auto kept = CheckKeeper("/", place.found); !kept) return Unexpected(kept.error());
  Way way;
  for (size_t i = 0; i < parts->size(); ++i) {
    auto next = Enter(place, (*parts)[i]);
    if (!next) return Unexpected(next.error());
    if (i >= beneath.depth) way.push_back(std::move(place));
    place = std::move(*next);
  }
  way.push_back(std::move(place));
  return way;
}

// A folder may have been opened to others for a moment, between its own check and that of what is in it.
// Whatever is done to a folder or to the names in it moves its time of change, which nobody can set back.
bool IsAsItWas(const Way& way) {
  return std::all_of(way.begin(), way.end() - 1, [](const Place& folder) {
    struct stat now {};
    return fstat(folder.fd.get(), &now) == 0 && now.st_ctim.tv_sec == folder.found.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == folder.found.st_ctim.tv_nsec;
  });
}

Result<Place> Walk(const std::string& path, const std::vector<std::string>& folders) {
  static constexpr int kTries = 3;
  for (int tries = 0; tries < kTries; ++tries) {
    const auto beneath = BeneathFolder(path, folders);
    if (!beneath) return Unexpected(beneath.error());
    auto way = WalkOnce(*beneath);
    if (!way) return Unexpected(way.error());
    if (IsAsItWas(*way)) return std::move(way->back());
  }
  return Unexpected(ErrorKind::kBusy, path + ": its folder changes all the time");
}

}  // namespace

Result<TrustedFile> OpenTrusted(const std::string& path, const std::vector<std::string>& folders) {
  const auto place = Walk(path, folders);
  if (!place) return Unexpected(place.error());
  if (auto fine = CheckFile(place->path, place->found); !fine) return Unexpected(fine.error());
  TrustedFile trusted;
  trusted.path = place->path;
  // The very file that was checked, opened again for reading: its name may mean another one by now.
  const std::string same = "/proc/self/fd/" + std::to_string(place->fd.get());
  trusted.file.reset(open(same.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!trusted.file) return Unexpected(sys::ErrnoError("open " + place->path, errno));
  trusted.found = place->found;
  std::array<char, 256> start{};
  const ssize_t got = pread(trusted.file.get(), start.data(), start.size(), 0);
  if (got < 0) return Unexpected(sys::ErrnoError("read " + place->path, errno));
  trusted.start.assign(start.data(), static_cast<size_t>(got));
  trusted.compiled = trusted.start.starts_with("\177ELF");
  return trusted;
}

namespace {

// Sealed: nobody can write it, not even who has it open.
Result<void> CopyToMemory(TrustedFile* file) {
  sys::Fd copy(memfd_create("kedge-handler", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return Unexpected(sys::ErrnoError("memfd_create", errno));
  if (auto copied = CopyUnchanged(*file, copy.get(), "memory"); !copied) return copied;
  if (fchmod(copy.get(), file->found.st_mode & 0777U) != 0 ||
      fcntl(copy.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return Unexpected(sys::ErrnoError("seal the copy of " + file->path, errno));
  }
  // Executed through a descriptor that cannot write: the kernel refuses one that is open for writing.
  const std::string same = "/proc/self/fd/" + std::to_string(copy.get());
  sys::Fd readable(open(same.c_str(), O_RDONLY | O_CLOEXEC));
  if (!readable) return Unexpected(sys::ErrnoError("open the copy of " + file->path, errno));
  file->file = std::move(readable);
  return {};
}

}  // namespace

Result<void> CopyUnchanged(const TrustedFile& file, int to, const std::string& to_path) {
  std::vector<char> bytes(65536);
  for (off_t at = 0;;) {
    const ssize_t got = pread(file.file.get(), bytes.data(), bytes.size(), at);
    if (got < 0) return Unexpected(sys::ErrnoError("read " + file.path, errno));
    if (got == 0) break;
    at += got;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = write(to, bytes.data() + done, static_cast<size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return Unexpected(sys::ErrnoError("write " + to_path, errno));
      done += put;
    }
  }
  if (file.leased) return {};
  struct stat now {};
  if (fstat(file.file.get(), &now) != 0) return Unexpected(sys::ErrnoError("fstat " + file.path, errno));
  // Whatever is done to a file moves its time of change, which nobody can set back.
  const bool same = now.st_size == file.found.st_size && now.st_ctim.tv_sec == file.found.st_ctim.tv_sec &&
                    now.st_ctim.tv_nsec == file.found.st_ctim.tv_nsec;
  if (same) return {};
  return Unexpected(ErrorKind::kBusy, file.path + " changed while it was being read");
}

Result<void> HoldStill(TrustedFile* file) {
  file->leased = fcntl(file->file.get(), F_SETLEASE, F_RDLCK) == 0;
  if (!file->leased && errno == EAGAIN) {
    return Unexpected(ErrorKind::kBusy, file->path + " is open for writing");
  }
  // From here on it does not change; what counts is how it is now.
  if (fstat(file->file.get(), &file->found) != 0) return Unexpected(sys::ErrnoError(file->path, errno));
  if (auto fine = CheckFile(file->path, file->found); !fine) return fine;
  if (file->leased || !file->compiled) return {};  // a script is copied, and compared, anyway
  return CopyToMemory(file);
}

Result<std::string> CheckTrustedFolder(const std::string& path, const std::vector<std::string>& folders) {
  const auto place = Walk(path, folders);
  if (!place) return Unexpected(place.error());
  if (!S_ISDIR(place->found.st_mode)) return Denied(place->path, "is not a folder");
  return place->path;
}

}  // namespace kedge::process
