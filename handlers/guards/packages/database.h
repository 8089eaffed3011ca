// dpkg's database as this guard reads it: what is installed, in which version and state, and which files are
// whose.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::packages {

inline const std::string kDpkg = "/var/lib/dpkg";

// One package as its paragraph of /var/lib/dpkg/status has it.
struct Package {
  std::string name;
  std::string arch;
  std::string version;
  std::string want;    // install, hold, deinstall, purge, unknown
  std::string flag;    // ok, reinstreq
  std::string status;  // not-installed, config-files, half-installed, unpacked, half-configured, installed...
  bool is_essential = false;
  std::vector<std::string> conffiles;
  std::string paragraph;  // the text, without the empty line behind it

  std::string Key() const { return name + ":" + arch; }
  bool IsInstalled() const { return status == "installed" && flag == "ok"; }
  // Of the package nothing but configuration is here.
  bool IsConfigOnly() const { return status == "config-files"; }
};

// By key. Packages that are not installed in any way are not in it.
using Database = std::map<std::string, Package>;

Database ParseStatus(const std::string& text);
// The text of a status file with these packages, as dpkg orders it.
std::string FormatStatus(const Database& database);
// kCorrupt when dpkg was interrupted and has changes outside of the status file that are not in it yet.
Result<std::string> ReadStatus();
bool HasPendingUpdates();
// Has dpkg take them in, as it does by itself before it changes anything. The caller holds the FrontendLock.
Result<void> TakeInPendingUpdates();

// The package that apt means with NAME or NAME:ARCH: the native one, or the one there is. nullptr: none.
const Package* Find(const Database& database, const std::string& package);
// The machine's own architecture, as dpkg names it.
Result<std::string> NativeArchitecture();

// The paths of a package's files and folders; empty when dpkg knows none.
std::vector<std::string> FileList(const Package& package);
// The files /var/lib/dpkg/info/NAME.* of a package, with their paths.
std::vector<std::string> InfoFiles(const Package& package);
std::string InfoPath(const Package& package, const std::string& kind);

// The packages that apt has marked as installed automatically, in /var/lib/apt/extended_states.
std::set<std::string> ReadAutomatic();

}  // namespace kedge::packages
