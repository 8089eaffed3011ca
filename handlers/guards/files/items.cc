#include "guards/files/items.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "guards/files/folder.h"
#include "sys/paths.h"

namespace kedge::files {
namespace {

constexpr std::array<const char*, 3> kKernelFolders = {"/proc", "/sys", "/dev"};
constexpr int kMostLinks = 40;  // the kernel's own limit

// Why `path` cannot be guarded; empty when it can.
std::string Refusal(const std::string& path, const std::string& state_folder) {
  if (path == "/") return "the whole file system cannot be guarded: name what the step changes";
  for (const char* folder : kKernelFolders) {
    if (IsBeneath(path, folder)) return std::string(folder) + " belongs to the kernel and cannot be guarded";
  }
  if (IsBeneath(path, state_folder)) return "it is in the snapshot's own folder";
  if (IsBeneath(state_folder, path))
    return "the snapshot's own folder " + state_folder + " is in it: name what the step changes";
  return "";
}

// Where the link at `path` leads, one link further; empty when that is a folder or cannot be told.
std::string FollowOnce(const std::string& path) {
  const auto target = sys::LinkTarget(path);
  if (!target) return "";
  const std::string next = target->starts_with('/') ? *target : Join(SplitPath(path).first, *target);
  struct stat found {};
  if (stat(next.c_str(), &found) == 0 ? S_ISDIR(found.st_mode) : errno != ENOENT) return "";
  const auto [parent, name] = SplitPath(next);
  if (name.empty() || name == "." || name == "..") return "";
  const auto folder = sys::Canonical(parent);
  return folder ? Join(*folder, name) : "";
}

}  // namespace

Result<Item> ResolveItem(const std::string& written) {
  const auto refuse = [&written](const std::string& why) {
    return Unexpected(ErrorKind::kInvalid, "'" + Printable(written) + "': " + why);
  };
  if (!written.starts_with('/')) return refuse("an absolute path is expected");
  if (written.size() >= PATH_MAX) return refuse("longer than a path may be");
  if (written == "/") return Item{written, written};
  for (size_t start = 1; start <= written.size();) {
    const size_t end = std::min(written.find('/', start), written.size());
    const std::string name = written.substr(start, end - start);
    if (name.empty()) return refuse("write it without '//' and without a '/' at the end");
    if (name == "." || name == "..") return refuse("write it without '" + name + "'");
    start = end + 1;
  }
  const auto [parent, name] = SplitPath(written);
  const auto folder = sys::Canonical(parent);
  if (!folder) return Unexpected(folder.error());
  return Item{written, Join(*folder, name)};
}

Result<std::vector<std::string>> GuardedPaths(const std::vector<Item>& items,
                                              const std::string& state_folder) {
  std::vector<std::string> paths;
  for (const Item& item : items) {
    for (const std::string& path : {item.written, item.path}) {
      if (const std::string why = Refusal(path, state_folder); !why.empty())
        return Unexpected(ErrorKind::kDenied, "'" + Printable(item.written) + "': " + why);
    }
    std::string path = item.path;
    for (int links = 0; links < kMostLinks && !path.empty() && Refusal(path, state_folder).empty(); ++links) {
      paths.push_back(path);
      path = FollowOnce(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> outermost;
  for (const std::string& path : paths) {
    const bool is_covered = std::any_of(outermost.begin(), outermost.end(),
                                        [&path](const std::string& other) { return IsBeneath(path, other); });
    if (!is_covered) outermost.push_back(path);
  }
  return outermost;
}

}  // namespace kedge::files
