#include "guards/packages/places.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "guards/files/folder.h"
#include "guards/packages/program.h"
#include "sys/paths.h"

namespace kedge::packages {
namespace {

namespace fs = std::filesystem;

// What maintainer scripts change beside their own package: through adduser, update-alternatives,
// deb-systemd-helper, update-rc.d, dpkg-divert, dpkg-statoverride, debconf, add-shell and ldconfig.
constexpr std::array kShared = {"/etc/passwd",
                                "/etc/passwd-",
                                "/etc/group",
                                "/etc/group-",
                                "/etc/shadow",
                                "/etc/shadow-",
                                "/etc/gshadow",
                                "/etc/gshadow-",
                                "/etc/subuid",
                                "/etc/subuid-",
                                "/etc/subgid",
                                "/etc/subgid-",
                                "/etc/alternatives",
                                "/var/lib/dpkg/alternatives",
                                "/etc/systemd/system",
                                "/etc/systemd/user",
                                "/var/lib/systemd/deb-systemd-helper-enabled",
                                "/var/lib/systemd/deb-systemd-helper-masked",
                                "/var/lib/systemd/deb-systemd-user-helper-enabled",
                                "/var/lib/systemd/deb-systemd-user-helper-masked",
                                "/etc/rc0.d",
                                "/etc/rc1.d",
                                "/etc/rc2.d",
                                "/etc/rc3.d",
                                "/etc/rc4.d",
                                "/etc/rc5.d",
                                "/etc/rc6.d",
                                "/etc/rcS.d",
                                "/var/lib/dpkg/diversions",
                                "/var/lib/dpkg/statoverride",
                                "/var/cache/debconf/config.dat",
                                "/var/cache/debconf/passwords.dat",
                                "/var/cache/debconf/templates.dat",
                                "/etc/shells",
                                "/etc/ld.so.cache",
                                "/var/lib/apt/extended_states"};

struct Place {
  std::string_view root;
  int depth;  // how many levels beneath it are listed
};
// Deep enough for the folders that packages call their own.
constexpr std::array kPlaces = {Place{"/etc", 64},      Place{"/var/lib", 2},   Place{"/var/log", 2},
                                Place{"/var/cache", 2}, Place{"/var/spool", 2}, Place{"/var/www", 2},
                                Place{"/var/games", 2}, Place{"/opt", 3},       Place{"/srv", 2}};
// dpkg's and apt's own are never some package's. Nor is the agent's: its journal, and this snapshot, outlive
// an update of the agent by a job.
constexpr std::array<std::string_view, 5> kNeverTheirs = {"/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt",
                                                          "/var/cache/debconf", "/var/lib/kedge"};

bool IsTheirs(const std::string& path) {
  return std::none_of(kNeverTheirs.begin(), kNeverTheirs.end(),
                      [&](std::string_view own) { return files::IsBeneath(path, std::string(own)); });
}

// How deep `path` lies in a listed place; 0: it is in none, or is one.
int DepthOf(const std::string& path, int* most) {
  for (const Place& place : kPlaces) {
    if (path.size() <= place.root.size() || !files::IsBeneath(path, std::string(place.root))) continue;
    *most = place.depth;
    return static_cast<int>(
        std::count(path.begin() + static_cast<ptrdiff_t>(place.root.size()), path.end(), '/'));
  }
  return 0;
}

void ListInto(const fs::path& folder, int depth, std::vector<std::string>& paths) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    paths.push_back(entry.path().string());
    if (depth > 1 && entry.is_directory(failure) && !entry.is_symlink(failure)) {
      ListInto(entry.path(), depth - 1, paths);
    }
  }
}

// Folders that a package which is not touched has as well.
std::set<std::string> SharedFolders(const Database& database, const std::set<std::string>& touched) {
  std::set<std::string> folders;
  for (const auto& [key, package] : database) {
    if (touched.contains(key)) continue;
    int most = 0;
    for (std::string& path : FileList(package)) {
      if (DepthOf(path, &most) > 0) folders.insert(std::move(path));
    }
  }
  return folders;
}

void AddPathsOf(const Package& package, const std::set<std::string>& shared, std::set<std::string>& paths) {
  paths.insert(package.conffiles.begin(), package.conffiles.end());
  for (std::string& info : InfoFiles(package)) paths.insert(std::move(info));
  for (const std::string& line : Deviations(package)) {
    // "??5?????? c /etc/x", "missing     /usr/share/x"
    if (const size_t begin = line.find('/'); begin != std::string::npos) paths.insert(line.substr(begin));
  }
  for (std::string& path : PathsOf(package)) {
    if (shared.contains(path)) continue;
    if (sys::IsThere(path)) paths.insert(std::move(path));
  }
}

}  // namespace

std::vector<std::string> Deviations(const Package& package) {
  const auto ran = RunProgram({"dpkg", "--verify", "--", package.Key()});
  // Its exit status says whether there are any.
  return ran ? Lines(ran->out) : std::vector<std::string>();
}

std::vector<std::string> PathsOf(const Package& package) {
  std::vector<std::string> paths;
  int most = 0;
  for (std::string& path : FileList(package)) {
    if (DepthOf(path, &most) > 0 && IsTheirs(path)) paths.push_back(std::move(path));
  }
  for (const char* place :
       {"/etc/", "/etc/default/", "/var/lib/", "/var/log/", "/var/cache/", "/var/spool/"}) {
    if (std::string path = place + package.name; IsTheirs(path)) paths.push_back(std::move(path));
  }
  return paths;
}

bool IsData(const std::string& path) {
  const bool is_shared = std::find(kShared.begin(), kShared.end(), path) != kShared.end();
  return !is_shared && IsTheirs(path) &&
         (files::IsBeneath(path, "/var") || files::IsBeneath(path, "/opt") || files::IsBeneath(path, "/srv"));
}

void SortComing(const std::vector<std::string>& coming, const Database& database,
                const std::set<std::string>& touched, std::vector<std::string>& absent,
                std::vector<std::string>& replaced, std::set<std::string>& overwritten) {
  std::set<std::string> theirs;
  for (const std::string& key : touched) {
    const auto found = database.find(key);
    if (found == database.end()) continue;
    const auto paths = FileList(found->second);
    theirs.insert(paths.begin(), paths.end());
  }
  for (const std::string& path : coming) {
    // /lib and /bin are links; what is removed later is never reached through one.
    const auto parent = sys::Canonical(fs::path(path).parent_path().string());
    if (!parent) continue;  // a ring of links: dpkg cannot write there either
    const std::string real = (fs::path(*parent) / fs::path(path).filename()).string();
    if (!sys::IsThere(real)) {
      absent.push_back(real);
    } else if (!sys::LeadsToFolder(real)) {
      replaced.push_back(real);
      if (!theirs.contains(path)) overwritten.insert(real);
    }
  }
}

std::vector<std::string> GuardedPaths(const Database& database, const std::set<std::string>& touched,
                                      const std::set<std::string>& others) {
  std::set<std::string> paths(kShared.begin(), kShared.end());
  paths.insert(others.begin(), others.end());
  const auto shared = SharedFolders(database, touched);
  for (const std::string& key : touched) {
    if (const auto found = database.find(key); found != database.end())
      AddPathsOf(found->second, shared, paths);
  }
  std::vector<std::string> tops;
  for (const std::string& path : paths) {
    const bool is_covered = std::any_of(tops.begin(), tops.end(), [&](const std::string& top) {
      return path != top && files::IsBeneath(path, top) && sys::IsFolder(top);
    });
    if (!is_covered) tops.push_back(path);
  }
  return tops;
}

std::vector<std::string> ListPlaces() {
  std::vector<std::string> paths;
  for (const Place& place : kPlaces) ListInto(fs::path(place.root), place.depth, paths);
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool IsListed(const std::string& path) {
  int most = 0;
  const int depth = DepthOf(path, &most);
  return depth > 0 && depth <= most;
}

}  // namespace kedge::packages
