#include "guards/packages/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <set>
#include <system_error>

#include "guards/files/content.h"
#include "guards/packages/program.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::packages {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMargin = 1 << 20;

// As apt writes a version in the name of a file.
std::string FileName(const Package& package) {
  std::string version;
  for (const char c : package.version) version += c == ':' ? std::string("%3a") : std::string(1, c);
  return package.name + "_" + version + "_" + package.arch + ".deb";
}

std::string CachePath(const Package& package) {
  const auto ran = RunProgram({"apt-config", "shell", "FOLDER", "Dir::Cache::archives/d"});
  std::string folder = "/var/cache/apt/archives/";
  if (ran && ran->ok() && ran->out.starts_with("FOLDER='/")) {
    folder = ran->out.substr(8, ran->out.rfind('\'') - 8);
  }
  return folder + FileName(package);
}

Unexpected Other(const Package& package, const std::string& why) {
  return Unexpected(ErrorKind::kNotFound, "the .deb of " + package.Key() + " " + package.version + " " + why);
}

// The checksums of a package's files, sorted: dpkg keeps the .deb's own file of them, or makes one.
std::multiset<std::string> Checksums(const std::string& text) {
  const auto lines = Lines(text);
  return {lines.begin(), lines.end()};
}

// Whether the file is the very package that is installed, whole and undamaged.
Result<void> CheckArchive(const std::string& path, const Package& package) {
  const auto fields = RunProgram(
      {"dpkg-deb", "--showformat=${Package}\\n${Version}\\n${Architecture}\\n", "--show", "--", path});
  if (!fields) return Unexpected(fields.error());
  if (fields->out != package.name + "\n" + package.version + "\n" + package.arch + "\n") {
    return Other(package,
                 "is not what its name says: " + (fields->ok() ? "another package" : fields->Reason()));
  }
  const auto sums = RunProgram({"dpkg-deb", "--info", "--", path, "md5sums"});
  if (!sums) return Unexpected(sums.error());
  const auto installed = sys::ReadFile(InfoPath(package, "md5sums"), std::numeric_limits<int32_t>::max());
  // A .deb may come without; there is nothing to compare it by then but name, version and architecture.
  if (sums->ok() && installed && Checksums(sums->out) != Checksums(*installed)) {
    return Other(package, "has other files than what is installed under the same version");
  }
  // Reads all of it: the compressed stream has a checksum.
  const auto content = RunProgram({"dpkg-deb", "--contents", "--", path});
  if (!content) return Unexpected(content.error());
  if (!content->ok()) return Other(package, "is damaged: " + content->Reason());
  return {};
}

Result<void> CheckRoom(const std::string& folder, uint64_t needed) {
  struct statvfs found {};
  if (statvfs(folder.c_str(), &found) != 0) return Unexpected(sys::ErrnoError("statvfs " + folder, errno));
  const uint64_t free = static_cast<uint64_t>(found.f_bavail) * found.f_frsize;
  if (free >= needed + kMargin) return {};
  return Unexpected(ErrorKind::kUnavailable,
                    "not enough room in " + folder + ": " + std::to_string((needed + kMargin) >> 10U) +
                        " KiB are needed, " + std::to_string(free >> 10U) + " KiB are free");
}

// Copies durably; the digest of what was copied.
Result<std::string> Copy(const std::string& from, const std::string& to) {
  const sys::Fd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return Unexpected(sys::ErrnoError("open " + from, errno));
  struct stat found {};
  if (fstat(source.get(), &found) != 0) return Unexpected(sys::ErrnoError("stat " + from, errno));
  const auto size = static_cast<uint64_t>(found.st_size);
  if (auto room = CheckRoom(fs::path(to).parent_path().string(), size); !room)
    return Unexpected(room.error());
  const sys::Fd copy(open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!copy) return Unexpected(sys::ErrnoError("create " + to, errno));
  auto digest = files::ReadContent(source.get(), size, files::DigestKind::kSha256, copy.get(), from);
  if (digest && fsync(copy.get()) != 0) return Unexpected(sys::ErrnoError("fsync " + to, errno));
  return digest;
}

// The argument by which apt knows exactly this version.
std::string Exactly(const Package& package) {
  return package.name + (package.arch == "all" ? "" : ":" + package.arch) + "=" + package.version;
}

// Into the folder where it is started. As root: that folder is nobody else's to write.
Arguments Fetching() {
  return {"apt-get",
          "--quiet=2",
          "-oAPT::Sandbox::User=root",
          "-oAcquire::Retries=2",
          "-oAcquire::http::Timeout=30",
          "-oAcquire::https::Timeout=30",
          "download"};
}

std::string DecodeUri(const std::string& uri) {
  std::string path;
  for (size_t at = 0; at < uri.size(); ++at) {
    const bool is_escape = uri[at] == '%' && at + 2 < uri.size() && std::isxdigit(uri[at + 1]) != 0 &&
                           std::isxdigit(uri[at + 2]) != 0;
    path += is_escape ? static_cast<char>(std::stoi(uri.substr(at + 1, 2), nullptr, 16)) : uri[at];
    if (is_escape) at += 2;
  }
  return path.starts_with("//") ? path.substr(path.find('/', 2)) : path;
}

// 'URI' FILE SIZE HASH, or kNotFound: no source has this version.
Result<std::string> FindSource(const Package& package) {
  Arguments argv = Fetching();
  argv.insert(argv.end(), {"--print-uris", "--", Exactly(package)});
  const auto ran = RunProgram(argv, {}, "/");
  if (!ran) return Unexpected(ran.error());
  const size_t end = ran->out.find('\'', 1);
  if (!ran->ok() || !ran->out.starts_with('\'') || end == std::string::npos) {
    return Other(package, "is neither in apt's cache nor in any of its sources");
  }
  return ran->out.substr(1, end - 1);
}

Result<std::string> Fetch(const Package& package, const std::string& folder) {
  const auto source = FindSource(package);
  if (!source) return Unexpected(source.error());
  Arguments argv = Fetching();
  argv.insert(argv.end(), {"--", Exactly(package)});
  const auto ran = RunProgram(argv, {}, folder);
  if (!ran) return Unexpected(ran.error());
  if (!ran->ok()) {
    return Unexpected(ErrorKind::kUnavailable, "cannot fetch the .deb of " + package.Key() + " " +
                                                   package.version + ": " + ran->Reason());
  }
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".deb") return entry.path().string();
  }
  return Other(package, "did not come, although apt says so");
}

Result<Archive> Take(const Package& package, const std::string& from, const std::string& folder) {
  Archive archive{package.Key(), package.version, FileName(package), ""};
  auto digest = Copy(from, folder + "/" + archive.file);
  if (!digest) return Unexpected(digest.error());
  archive.digest = *std::move(digest);
  if (auto checked = CheckArchive(folder + "/" + archive.file, package); !checked) {
    unlink((folder + "/" + archive.file).c_str());
    return Unexpected(checked.error());
  }
  return archive;
}

}  // namespace

Result<Archive> KeepArchive(const Package& package, const std::string& folder) {
  const std::string cached = CachePath(package);
  if (sys::LeadsSomewhere(cached)) {
    auto kept = Take(package, cached, folder);
    if (kept || kept.error().kind != ErrorKind::kNotFound) return kept;
  }
  const std::string scratch = folder + "/fetch";
  if (auto cleared = sys::RemoveTree(scratch); !cleared) return Unexpected(cleared.error());
  if (auto made = sys::MakeDirs(scratch, 0700); !made) return Unexpected(made.error());
  const auto fetched = Fetch(package, scratch);
  auto kept = fetched ? Take(package, *fetched, folder) : Result<Archive>(Unexpected(fetched.error()));
  static_cast<void>(sys::RemoveTree(scratch));
  return kept;
}

Result<void> CanBeKept(const Package& package) {
  const std::string cached = CachePath(package);
  if (sys::LeadsSomewhere(cached) && CheckArchive(cached, package)) return {};
  const auto source = FindSource(package);
  if (!source) return Unexpected(source.error());
  return {};
}

std::vector<std::string> PathsOfFetched(const Package& package) {
  std::vector<std::string> paths;
  std::string deb = CachePath(package);
  if (!sys::LeadsSomewhere(deb)) {
    // What is in a folder of this machine apt takes from there.
    const auto source = FindSource(package);
    if (!source || !source->starts_with("file:/")) return paths;
    deb = DecodeUri(source->substr(std::string("file:").size()));
  }
  const auto ran = RunProgram({"dpkg-deb", "--contents", "--", deb});
  if (!ran || !ran->ok()) return paths;
  for (const std::string& line : Lines(ran->out)) {
    // "lrwxrwxrwx root/root 0 2024-01-01 00:00 ./usr/bin/x -> y"
    const size_t begin = line.find(" ./");
    if (begin == std::string::npos) continue;
    std::string path = line.substr(begin + 2);
    const char* arrow = line.front() == 'l' ? " -> " : line.front() == 'h' ? " link to " : nullptr;
    if (arrow != nullptr) path.erase(std::min(path.find(arrow), path.size()));
    if (path.ends_with('/')) path.pop_back();
    if (!path.empty()) paths.push_back(std::move(path));
  }
  return paths;
}

Result<void> CheckKept(const Archive& archive, const std::string& folder) {
  const std::string path = folder + "/" + archive.file;
  const sys::Fd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return Unexpected(ErrorKind::kCorrupt, "the kept " + path + " cannot be opened");
  struct stat found {};
  if (fstat(file.get(), &found) != 0) return Unexpected(sys::ErrnoError("stat " + path, errno));
  const auto digest = files::ReadContent(file.get(), static_cast<uint64_t>(found.st_size),
                                         files::DigestKind::kSha256, -1, path);
  if (!digest || *digest != archive.digest) {
    return Unexpected(ErrorKind::kCorrupt, "the kept " + path + " is damaged");
  }
  return {};
}

}  // namespace kedge::packages
