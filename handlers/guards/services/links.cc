#include "guards/services/links.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "guards/services/names.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::services {
namespace {

namespace fs = std::filesystem;

// The administrator's. .control is where `systemctl set-property` writes.
constexpr std::array<const char*, 5> kFolders = {"/etc/systemd/system", "/run/systemd/system",
                                                 "/etc/systemd/system.control", "/run/systemd/system.control",
                                                 "/usr/local/lib/systemd/system"};
constexpr std::array<const char*, 8> kRunlevels = {"/etc/rc0.d", "/etc/rc1.d", "/etc/rc2.d", "/etc/rc3.d",
                                                   "/etc/rc4.d", "/etc/rc5.d", "/etc/rc6.d", "/etc/rcS.d"};

void AddOnce(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

bool IsIn(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What is in `folder`; nothing when it is not there.
std::vector<fs::path> Entries(const std::string& folder) {
  std::error_code failure;
  std::vector<fs::path> entries;
  fs::directory_iterator iterator(folder, failure);
  for (; !failure && iterator != fs::directory_iterator(); iterator.increment(failure))
    entries.push_back(iterator->path());
  return entries;
}

void AddLinksIn(const std::string& folder, const std::vector<std::string>& names,
                std::vector<std::string>& links) {
  for (const fs::path& path : Entries(folder)) {
    const auto says = sys::LinkTarget(path.string());
    if (!says) continue;  // not a link
    const std::string target = fs::path(*says).filename().string();
    if (IsIn(names, path.filename().string()) || IsIn(names, target)) links.push_back(path.string());
  }
}

// S01nginx and K01nginx of nginx.service.
void AddRunlevelLinks(const std::vector<std::string>& names, const std::string& root,
                      std::vector<std::string>& links) {
  for (const char* folder : kRunlevels) {
    for (const fs::path& path : Entries(root + folder)) {
      const std::string name = path.filename().string();
      if (name.size() < 4 || (name[0] != 'S' && name[0] != 'K') || !sys::IsLink(path.string())) continue;
      if (IsIn(names, name.substr(3) + ".service")) links.push_back(path.string());
    }
  }
}

// The units named by Also= in the section [Install] of the file at `path`.
std::vector<std::string> AlsoIn(const std::string& path) {
  std::vector<std::string> also;
  std::ifstream file(path);
  bool is_install = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('[')) is_install = line.starts_with("[Install]");
    if (!is_install || !line.starts_with("Also")) continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::istringstream words(line.substr(equals + 1));
    for (std::string word; words >> word;) also.push_back(word);
  }
  return also;
}

}  // namespace

std::vector<std::string> OwnPaths(const std::vector<UnitState>& units, const std::string& root) {
  std::vector<std::string> paths;
  for (const UnitState& unit : units) {
    std::vector<std::string> names = unit.names;
    AddOnce(names, unit.id);
    for (const std::string& name : unit.names) {
      if (const std::string from = TemplateOf(name); !from.empty()) AddOnce(names, from);
    }
    for (const std::string& name : names) {
      for (const char* folder : kFolders) {
        std::string path = root + folder;
        path.append("/").append(name);
        AddOnce(paths, path);
        AddOnce(paths, path.append(".d"));
      }
    }
    // A drop-in of a whole type or prefix (service.d, foo-.service.d) is one for other units too, but a step
    // that changes it changes this unit.
    for (const std::string& drop_in : unit.drop_ins) {
      const bool is_covered = std::any_of(paths.begin(), paths.end(), [&drop_in](const std::string& path) {
        return drop_in.starts_with(path + "/");
      });
      const bool is_ours = std::any_of(kFolders.begin(), kFolders.end(), [&](const char* folder) {
        return drop_in.starts_with(root + folder + "/");
      });
      if (is_ours && !is_covered) AddOnce(paths, drop_in);
    }
  }
  return paths;
}

std::vector<std::string> LinkNames(const std::vector<UnitState>& units, const std::string& root) {
  std::vector<std::string> names;
  for (const UnitState& unit : units) {
    AddOnce(names, unit.id);
    for (const std::string& name : unit.names) AddOnce(names, name);
    if (unit.fragment.empty()) continue;
    for (const std::string& also : AlsoIn(root + unit.fragment)) AddOnce(names, also);
  }
  return names;
}

std::vector<std::string> FindLinks(const std::vector<std::string>& names, const std::string& root) {
  std::vector<std::string> links;
  for (const char* folder : kFolders) AddLinksIn(root + folder, names, links);
  for (const std::string& folder : FindLinkFolders(root)) AddLinksIn(folder, names, links);
  AddRunlevelLinks(names, root, links);
  std::sort(links.begin(), links.end());
  return links;
}

std::vector<std::string> FindLinkFolders(const std::string& root) {
  std::vector<std::string> found;
  for (const char* folder : kFolders) {
    for (const fs::path& path : Entries(root + folder)) {
      const std::string extension = path.extension().string();
      if ((extension == ".wants" || extension == ".requires" || extension == ".upholds") &&
          sys::IsFolder(path.string()))
        found.push_back(path.string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<void> RemoveLink(const std::string& link) {
  const fs::path path(link);
  const auto failed = [&link] { return Unexpected(sys::ErrnoError("remove " + link, errno)); };
  const sys::Fd folder(open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const std::string name = path.filename().string();
  struct stat found {};
  if (!folder || fstatat(folder.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return failed();
  if (!S_ISLNK(found.st_mode)) return Unexpected(ErrorKind::kDenied, "remove " + link + ": it is no link");
  if (unlinkat(folder.get(), name.c_str(), 0) != 0 || fsync(folder.get()) != 0) return failed();
  return {};
}

void RemoveEmptyLinkFolders(const std::vector<std::string>& known, const std::string& root) {
  for (const std::string& folder : FindLinkFolders(root)) {
    if (IsIn(known, folder) || rmdir(folder.c_str()) != 0) continue;
    const sys::Fd parent(open(fs::path(folder).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Coming back after a power cut it would be empty still, and a restore that is called again removes it.
    if (parent) fsync(parent.get());
  }
}

}  // namespace kedge::services
