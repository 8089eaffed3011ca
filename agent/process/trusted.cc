#include "process/trusted.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

// `path` beneath the first folder that leads to it, with that folder's own links resolved.
Result<std::string> BeneathFolder(const std::string& path, const std::vector<std::string>& folders) {
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
    std::string real = std::filesystem::canonical(folder, failure);
    if (failure) return Unexpected(sys::ErrnoError(folder, failure.value()));
    for (size_t i = above->size(); i < parts->size(); ++i) real += "/" + (*parts)[i];
    return real;
  }
  return Denied(path, "is not beneath a configured handler folder (" + listed + ")");
}

Result<Place> Walk(const std::string& path, const std::vector<std::string>& folders) {
  const auto real = BeneathFolder(path, folders);
  if (!real) return Unexpected(real.error());
  const auto parts = Components(*real);
  if (!parts) return Unexpected(parts.error());
  Place place;
  place.path = "/";
  place.fd.reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.fd || fstat(place.fd.get(), &place.found) != 0) return Unexpected(sys::ErrnoError("/", errno));
  if (auto kept = CheckKeeper("/", place.found); !kept) return Unexpected(kept.error());
  for (const auto& part : *parts) {
    auto next = Enter(place, part);
    if (!next) return Unexpected(next.error());
    place = std::move(*next);
  }
  return place;
}

}  // namespace

Result<TrustedFile> OpenTrusted(const std::string& path, const std::vector<std::string>& folders) {
  const auto place = Walk(path, folders);
  if (!place) return Unexpected(place.error());
  if (!S_ISREG(place->found.st_mode)) return Denied(place->path, "is not a regular file");
  if ((place->found.st_mode & 0111) == 0) {
    return Denied(place->path, "is not executable (mode " + Octal(place->found.st_mode) + "): chmod +x it");
  }
  TrustedFile trusted;
  trusted.path = place->path;
  // The very file that was checked, opened again for reading: its name may mean another one by now.
  const std::string same = "/proc/self/fd/" + std::to_string(place->fd.get());
  trusted.file.reset(open(same.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!trusted.file) return Unexpected(sys::ErrnoError("open " + place->path, errno));
  trusted.found = place->found;
  std::array<char, 256> start{};
  const ssize_t got = pread(trusted.file.get(), start.data(), start.size(), 0);
  if (got > 0) trusted.start.assign(start.data(), static_cast<size_t>(got));
  trusted.compiled = trusted.start.starts_with("\177ELF");
  return trusted;
}

Result<std::string> CheckTrustedFolder(const std::string& path, const std::vector<std::string>& folders) {
  const auto place = Walk(path, folders);
  if (!place) return Unexpected(place.error());
  if (!S_ISDIR(place->found.st_mode)) return Denied(place->path, "is not a folder");
  return place->path;
}

}  // namespace kedge::process
