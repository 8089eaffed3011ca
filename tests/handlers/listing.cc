#include "handlers/listing.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "handlers/program.h"

namespace kedge::testing {
namespace {

using Inode = std::pair<dev_t, ino_t>;

std::string Xattrs(const std::string& path) {
  std::string names(65536, '\0');
  const ssize_t length = llistxattr(path.c_str(), names.data(), names.size());
  std::map<std::string, std::string> values;
  for (ssize_t start = 0; start < length;) {
    const std::string name = names.c_str() + start;
    std::string value(65536, '\0');
    const ssize_t size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    value.resize(size < 0 ? 0 : static_cast<size_t>(size));
    values[name] = value;
    start += static_cast<ssize_t>(name.size()) + 1;
  }
  std::string text;
  for (const auto& [name, value] : values) {
    text.append(" ").append(name).append("=");
    for (const char c : value) text.append(std::to_string(static_cast<unsigned char>(c))).append(".");
  }
  return text;
}

void Add(const std::string& path, std::map<Inode, std::string>& seen, Listing& listing) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return;
  std::ostringstream facts;
  facts << std::oct << found.st_mode << std::dec << " " << found.st_uid << ":" << found.st_gid << " "
        << found.st_mtim.tv_sec << "." << found.st_mtim.tv_nsec;
  if (S_ISREG(found.st_mode)) facts << " size " << found.st_size;
  if (S_ISLNK(found.st_mode)) facts << " -> " << std::filesystem::read_symlink(path).string();
  if (!S_ISDIR(found.st_mode)) {
    facts << " names " << found.st_nlink;
    const auto [first, is_new] = seen.emplace(Inode(found.st_dev, found.st_ino), path);
    if (!is_new) facts << " same as " << first->second;
  }
  facts << Xattrs(path);
  listing[path] = {facts.str(), S_ISREG(found.st_mode) ? ReadAll(path) : ""};
  if (!S_ISDIR(found.st_mode)) return;
  std::map<std::string, bool> names;  // in order, so that "same as" names the same path each time
  for (const auto& entry : std::filesystem::directory_iterator(path)) names[entry.path().string()] = true;
  for (const auto& [child, unused] : names) Add(child, seen, listing);
}

}  // namespace

Listing List(const std::vector<std::string>& paths) {
  Listing listing;
  std::map<Inode, std::string> seen;
  for (const std::string& path : paths) Add(path, seen, listing);
  return listing;
}

std::string Diff(const Listing& before, const Listing& after) {
  std::string text;
  for (const auto& [path, was] : before) {
    const auto found = after.find(path);
    if (found == after.end())
      text += path + ": absent, was " + was.facts + "\n";
    else if (found->second.facts != was.facts)
      text += path + ": " + found->second.facts + ", was " + was.facts + "\n";
    else if (found->second.content != was.content)
      text += path + ": other content\n";
  }
  for (const auto& [path, is] : after) {
    if (!before.contains(path)) text += path + ": " + is.facts + ", was absent\n";
  }
  return text;
}

}  // namespace kedge::testing
