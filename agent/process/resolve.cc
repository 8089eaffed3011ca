#include "process/resolve.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "process/trusted.h"
#include "sys/files.h"

namespace kedge::process {
namespace {

bool IsHandlerName(const std::string& name) {
  static constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 64 && name != "." && name != ".." &&
         name.find_first_not_of(kAllowed) == std::string::npos;
}

bool Exists(const std::string& path, mode_t type) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 && (type == 0 || (found.st_mode & S_IFMT) == type);
}

Result<bool> HasVerb(const std::string& folder, const char* verb, const std::vector<std::string>& folders) {
  const auto file = OpenTrusted(folder + "/" + verb, folders);
  if (file) return true;
  // Missing is a choice of the author. There, but not to be trusted: never go on as if there were no way
  // back.
  if (file.error().kind == ErrorKind::kNotFound) return false;
  return Unexpected(file.error());
}

Result<Handler> FolderHandler(const std::string& path, const std::vector<std::string>& folders) {
  Handler handler;
  handler.is_folder = true;
  const auto folder = CheckTrustedFolder(path, folders);
  if (!folder) return Unexpected(folder.error());
  handler.folder = path;
  const auto run = OpenTrusted(path + "/run", folders);
  if (!run) return Unexpected(run.error());
  handler.run = path + "/run";
  for (const auto& [verb, has] : {std::pair<const char*, bool Handler::*>{"check", &Handler::has_check},
                                  {"rollback", &Handler::has_rollback},
                                  {"verify", &Handler::has_verify}}) {
    const auto found = HasVerb(path, verb, folders);
    if (!found) return Unexpected(found.error());
    handler.*has = *found;
  }
  return handler;
}

Result<Handler> FindIn(const std::string& folder, const std::string& name,
                       const std::vector<std::string>& folders) {
  static constexpr std::string_view kScript = ".sh";
  const std::string path = folder + "/" + name;
  if (Exists(path, S_IFDIR)) return FolderHandler(path, folders);
  if (!Exists(path, 0) && name.size() > kScript.size() && name.ends_with(kScript)) {
    const std::string without = path.substr(0, path.size() - kScript.size());
    if (Exists(without, S_IFDIR)) return FolderHandler(without, folders);
  }
  const auto file = OpenTrusted(path, folders);
  if (!file) return Unexpected(file.error());
  Handler handler;
  handler.run = path;
  return handler;
}

std::string WithoutLastSlash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

}  // namespace

std::vector<std::string> TrustedFolders(const HandlerFolders& folders) {
  std::vector<std::string> trusted{folders.standard};
  trusted.insert(trusted.end(), folders.allowed.begin(), folders.allowed.end());
  return trusted;
}

Result<Handler> FindHandler(const Command& command, const HandlerFolders& folders) {
  const std::string context = "handler '" + command.handler + "'";
  if (!IsHandlerName(command.handler)) {
    return Unexpected(
        ErrorKind::kDenied,
        context + ": a handler's name has 1 to 64 of the characters a-z A-Z 0-9 . _ - and no folder");
  }
  const bool standard = command.path.empty() || command.path == "default";
  const std::string folder = WithoutLastSlash(standard ? folders.standard : command.path);
  auto handler = FindIn(folder, command.handler, TrustedFolders(folders));
  if (!handler) return Unexpected(handler.error().Within(context));
  return handler;
}

Result<User> FindUser(const std::string& name) {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  do {
    buffer.resize(buffer.size() * 2);
    error = name.empty() ? getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found)
                         : getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  } while (error == ERANGE && buffer.size() < (1 << 20));
  if (found != nullptr) return User{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
  // A container may run us under a number that has no name.
  if (name.empty()) return User{std::to_string(geteuid()), geteuid(), getegid(), "/"};
  // These codes too mean "no such user" (getpwnam(3)); any other: the lookup itself failed.
  if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) {
    return Unexpected(ErrorKind::kNotFound, "user '" + name + "' does not exist on this device");
  }
  return Unexpected(sys::ErrnoError("look up user '" + name + "'", error));
}

Result<std::string> FindProgram(const std::string& program, const std::string& search_path) {
  // 0: it can be executed; else errno. ENOEXEC: it is there, and no file to execute.
  const auto why_not = [](const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return errno;
    if (!S_ISREG(found.st_mode)) return ENOEXEC;
    if (faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0) return 0;
    return errno == EACCES ? ENOEXEC : errno;
  };
  const auto is_an_answer = [](int why) {
    return why == 0 || why == ENOENT || why == ENOTDIR || why == ENOEXEC || why == EACCES || why == ELOOP ||
           why == ENAMETOOLONG;
  };
  if (program.starts_with('/')) {
    const int why = why_not(program);
    if (why == 0) return program;
    if (!is_an_answer(why)) return Unexpected(sys::ErrnoError("program " + program, why));
    const bool there = why == ENOEXEC || why == EACCES;
    return Unexpected(there ? ErrorKind::kDenied : ErrorKind::kNotFound,
                      "program " + program + (there ? " is not an executable file" : " does not exist"));
  }
  if (program.empty() || program.find('/') != std::string::npos) {
    return Unexpected(ErrorKind::kInvalid,
                      "program '" + program + "' is neither an absolute path nor a name without a slash");
  }
  std::istringstream folders(search_path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    // An empty or relative folder means wherever we happen to be: never.
    if (!folder.starts_with('/')) continue;
    std::string path = folder.append("/").append(program);
    const int why = why_not(path);
    if (why == 0) return path;
    if (!is_an_answer(why)) return Unexpected(sys::ErrnoError("program " + path, why));
  }
  return Unexpected(ErrorKind::kNotFound,
                    "program '" + program + "' is not in the PATH '" + search_path + "'");
}

}  // namespace kedge::process
