#include "guards/packages/database.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <sstream>
#include <system_error>

#include "guards/packages/lock.h"
#include "guards/packages/program.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::packages {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAnySize = std::numeric_limits<int32_t>::max();

void TakeField(Package& package, const std::string& name, const std::string& value) {
  if (name == "Package") package.name = value;
  if (name == "Architecture") package.arch = value;
  if (name == "Version") package.version = value;
  if (name == "Essential" || name == "Protected") package.is_essential |= value == "yes";
  if (name == "Status") {
    std::istringstream words(value);
    words >> package.want >> package.flag >> package.status;
  }
}

Package ParseParagraph(const std::string& paragraph) {
  Package package;
  package.paragraph = paragraph;
  std::string field;
  for (const std::string& line : Lines(paragraph)) {
    if (line.starts_with(' ') || line.starts_with('\t')) {
      // " /etc/x MD5", " /etc/x MD5 obsolete"; a path has no white space at its end, but may inside.
      if (field != "Conffiles") continue;
      std::string path = line.substr(1);
      for (const char* mark : {" obsolete", " remove-on-upgrade"}) {
        if (path.ends_with(mark)) path.erase(path.size() - std::string(mark).size());
      }
      path.erase(std::min(path.rfind(' '), path.size()));
      if (path.starts_with('/')) package.conffiles.push_back(path);
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    field = line.substr(0, colon);
    const size_t begin = line.find_first_not_of(' ', colon + 1);
    TakeField(package, field, begin == std::string::npos ? "" : line.substr(begin));
  }
  return package;
}

// Paragraphs without the empty lines between them.
std::vector<std::string> Paragraphs(const std::string& text) {
  std::vector<std::string> paragraphs;
  std::string paragraph;
  for (const std::string& line : Lines(text)) {
    if (!line.empty()) {
      paragraph += line + "\n";
    } else if (!paragraph.empty()) {
      paragraphs.push_back(std::move(paragraph));
      paragraph.clear();
    }
  }
  if (!paragraph.empty()) paragraphs.push_back(std::move(paragraph));
  return paragraphs;
}

}  // namespace

Database ParseStatus(const std::string& text) {
  Database database;
  for (const std::string& paragraph : Paragraphs(text)) {
    Package package = ParseParagraph(paragraph);
    // A hold on a package that is not here is kept: its paragraph is more than "not installed".
    if (package.status == "not-installed" && package.want != "hold") continue;
    const std::string key = package.Key();
    database.insert_or_assign(key, std::move(package));
  }
  return database;
}

std::string FormatStatus(const Database& database) {
  std::vector<const Package*> ordered;
  for (const auto& [key, package] : database) ordered.push_back(&package);
  // By name first; a map's key would put "x:all" behind "x-y:all".
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Package* a, const Package* b) { return a->name < b->name; });
  std::string text;
  for (const Package* package : ordered) text += package->paragraph + "\n";
  return text;
}

bool HasPendingUpdates() {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(kDpkg + "/updates", failure)) {
    // `tmp.i` is a buffer that dpkg prepares; an update has a number.
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) return true;
  }
  return false;
}

Result<void> TakeInPendingUpdates() {
  const auto ran = RunProgram({"dpkg", "--set-selections"}, FrontendLock::Variables());  // of nothing
  if (!ran) return Unexpected(ran.error());
  if (!ran->ok()) return Unexpected(ErrorKind::kIo, "dpkg --set-selections: " + ran->Reason());
  return {};
}

Result<std::string> ReadStatus() {
  if (HasPendingUpdates()) {
    return Unexpected(ErrorKind::kCorrupt,
                      "dpkg was interrupted and has to be put in order first (dpkg --configure -a)");
  }
  return sys::ReadFile(kDpkg + "/status", kAnySize);
}

Result<std::string> NativeArchitecture() {
  const auto ran = RunProgram({"dpkg", "--print-architecture"});
  if (!ran) return Unexpected(ran.error());
  if (!ran->ok()) return Unexpected(ErrorKind::kIo, "dpkg --print-architecture: " + ran->Reason());
  const auto lines = Lines(ran->out);
  return lines.empty() ? std::string() : lines.front();
}

const Package* Find(const Database& database, const std::string& package) {
  if (package.find(':') != std::string::npos) {
    const auto found = database.find(package);
    if (found != database.end()) return &found->second;
    // apt names packages of architecture `all` by the native one.
    const auto all = database.find(package.substr(0, package.find(':')) + ":all");
    return all == database.end() ? nullptr : &all->second;
  }
  static const std::string native = [] {
    const auto name = NativeArchitecture();
    return name ? *name : std::string();
  }();
  for (const std::string& arch : {native, std::string("all")}) {
    const auto found = database.find(package + ":" + arch);
    if (found != database.end()) return &found->second;
  }
  const auto other = database.lower_bound(package + ":");
  return other != database.end() && other->second.name == package ? &other->second : nullptr;
}

std::string InfoPath(const Package& package, const std::string& kind) {
  // Packages of which several architectures may be installed at once have it in the names of their files.
  const std::string qualified = kDpkg + "/info/" + package.name + ":" + package.arch + "." + kind;
  if (sys::LeadsSomewhere(qualified)) return qualified;
  return kDpkg + "/info/" + package.name + "." + kind;
}

std::vector<std::string> FileList(const Package& package) {
  const auto text = sys::ReadFile(InfoPath(package, "list"), kAnySize);
  std::vector<std::string> paths;
  if (!text) return paths;
  for (const std::string& line : Lines(*text)) {
    if (line.starts_with('/') && line != "/.") paths.push_back(line);
  }
  return paths;
}

std::vector<std::string> InfoFiles(const Package& package) {
  static const std::vector<std::string> kinds = {"list",      "md5sums",  "conffiles", "preinst",
                                                 "postinst",  "prerm",    "postrm",    "config",
                                                 "templates", "triggers", "shlibs",    "symbols"};
  std::vector<std::string> paths;
  const std::string list = InfoPath(package, "list");
  const std::string stem = list.substr(0, list.size() - std::string("list").size());
  for (const std::string& kind : kinds) paths.push_back(stem + kind);
  return paths;
}

std::set<std::string> ReadAutomatic() {
  std::set<std::string> names;
  const auto text = sys::ReadFile("/var/lib/apt/extended_states", kAnySize);
  if (!text) return names;  // apt has marked nothing yet
  for (const std::string& paragraph : Paragraphs(*text)) {
    std::string name;
    std::string arch;
    bool is_automatic = false;
    for (const std::string& line : Lines(paragraph)) {
      if (line.starts_with("Package: ")) name = line.substr(9);
      if (line.starts_with("Architecture: ")) arch = line.substr(14);
      is_automatic |= line == "Auto-Installed: 1";
    }
    if (is_automatic) names.insert(name + ":" + arch);
  }
  return names;
}

}  // namespace kedge::packages
