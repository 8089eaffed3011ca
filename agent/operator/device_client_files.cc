#include "operator/device_client_files.h"

#include <dirent.h>
#include <sys/stat.h>
#include <wordexp.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "operator/terminal.h"
#include "sys/files.h"

namespace kedge::op {
namespace {

constexpr char kNewFolder[] = "/etc/kedge/handlers";

std::string WhyNotExpanded(int status) {
  switch (status) {
    case WRDE_CMDSUB:
      return "a command in a path is not run here; write the path";
    case WRDE_BADVAL:
      return "a variable in it is not set here; set it for this command, or write the path";
    default:
      return "cannot be read as a path: quotes, blanks or one of | & ; < > ( ) { } in it";
  }
}

// Why somebody else than root can change what is at `path`; empty when nobody can.
std::string WhyNotTrusted(const std::string& path, bool is_program) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return sys::ErrnoError(path, errno).message;
  if (S_ISLNK(found.st_mode)) return path + " is a symbolic link";
  if (found.st_uid != 0) return path + " belongs to uid " + std::to_string(found.st_uid) + ", not to root";
  const bool is_sticky_folder = S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0;
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky_folder)
    return path + " can be written by others than root";
  if (is_program && S_ISREG(found.st_mode) && (found.st_mode & S_IXUSR) == 0)
    return path + " is not executable";
  return "";
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
  for (const dirent* entry = stream ? readdir(stream.get()) : nullptr; entry != nullptr;
       entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Every folder from the root on, then the handlers themselves.
std::string WhyNotUsable(const std::string& folder) {
  if (auto why = WhyNotTrusted("/", false); !why.empty()) return why;
  for (size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    if (auto why = WhyNotTrusted(folder.substr(0, slash), false); !why.empty()) return why;
    if (slash == std::string::npos) break;
  }
  for (const std::string& name : NamesIn(folder)) {
    if (auto why = WhyNotTrusted(folder + "/" + name, true); !why.empty()) return why;
  }
  return "";
}

}  // namespace

Result<std::string> ExpandDevicePath(const std::string& written) {
  const auto refuse = [](const std::string& why) { return Unexpected(ErrorKind::kInvalid, why); };
  wordexp_t words{};
  // The Device Client would run commands in it, and take an unknown variable for nothing.
  const int status = wordexp(written.c_str(), &words, WRDE_NOCMD | WRDE_UNDEF);
  if (status != 0) return refuse(WhyNotExpanded(status));
  const std::vector<std::string> found(words.we_wordv, words.we_wordv + words.we_wordc);
  wordfree(&words);
  if (found.size() != 1) return refuse("has to be one path; put quotes around blanks");
  std::string path = found[0];
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (!path.starts_with('/')) return refuse("'" + SafeLine(path) + "' is not an absolute path");
  return path;
}

std::string ShellWord(const std::string& text) {
  constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:+@%,-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

HandlerFolder PlaceHandlers(const std::string& folder) {
  HandlerFolder place{folder, "", {}};
  struct stat found {};
  if (stat(folder.c_str(), &found) != 0) {
    place.reason = sys::ErrnoError("look at " + folder, errno).message;
    return place;
  }
  place.reason = WhyNotUsable(folder);
  if (place.reason.empty()) return place;
  place.path = kNewFolder;
  const std::string to = kNewFolder;
  place.commands = {"install -d -o root -g root -m 0755 " + to,
                    "cp -rL --no-preserve=ownership -- " + ShellWord(folder + "/.") + " " + to,
                    "chown -R root:root " + to, "chmod -R go-w,u+rx " + to};
  return place;
}

}  // namespace kedge::op
