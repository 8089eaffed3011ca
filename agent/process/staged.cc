#include "process/staged.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

namespace kedge::process {
namespace {

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

// The copy can be read and executed by whom the original can. That of an agent which is not root is its own:
// nobody else runs it, for such an agent cannot change user.
Result<void> CopyScript(const TrustedFile& script, const std::string& path) {
  const sys::Fd copy(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy) return Failed("make " + path);
  if (auto copied = CopyUnchanged(script, copy.get(), path); !copied) return copied;
  const bool is_own = fchown(copy.get(), script.found.st_uid, script.found.st_gid) != 0;
  if (is_own && (errno != EPERM || geteuid() == 0)) return Failed("chown " + path);
  if (fchmod(copy.get(), (script.found.st_mode & 0777U) | (is_own ? 0400U : 0U)) != 0)
    return Failed("chmod " + path);
  return {};
}

}  // namespace

std::vector<std::string> InterpreterFor(const std::string& text) {
  static constexpr std::string_view kBlanks = " \t";
  if (!text.starts_with("#!")) return {"/bin/sh"};
  std::string line = text.substr(2, text.find('\n') - 2);
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {"/bin/sh"};
  line = line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
  const size_t end = line.find_first_of(kBlanks);
  if (end == std::string::npos) return {line};
  return {line.substr(0, end), line.substr(line.find_first_not_of(kBlanks, end))};
}

Result<Staged> Staged::Make(const TrustedFile& script, const std::string& folder, const std::string& name) {
  if (auto made = sys::MakeDirs(folder, 0711); !made) return Unexpected(made.error());
  Staged staged(folder + "/" + name);
  if (auto gone = sys::RemoveTree(staged.folder_); !gone) return Unexpected(gone.error());
  // The task's user passes through it and may look for neighbours, whatever our umask.
  if (mkdir(staged.folder_.c_str(), 0700) != 0 || chmod(staged.folder_.c_str(), 0755) != 0) {
    return Failed("make " + staged.folder_);
  }
  const size_t slash = script.path.rfind('/');
  const std::string file = script.path.substr(slash + 1);
  staged.path_ = staged.folder_ + "/" + file;
  staged.made_.push_back(staged.path_);
  if (auto copied = CopyScript(script, staged.path_); !copied) return Unexpected(copied.error());
  staged.Link(script.path.substr(0, slash));
  return staged;
}

// To the neighbours. Convenience only: one that cannot be made is left out.
void Staged::Link(const std::string& original_folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(original_folder.c_str()), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    const std::string neighbour = entry->d_name;
    const std::string link = std::string(folder_).append("/").append(neighbour);
    if (neighbour == "." || neighbour == ".." || link == path_) continue;
    if (symlink((original_folder + "/" + neighbour).c_str(), link.c_str()) == 0) made_.push_back(link);
  }
}

Staged::~Staged() {
  if (folder_.empty()) return;  // moved from
  for (const std::string& path : made_) unlink(path.c_str());
  if (rmdir(folder_.c_str()) == 0) return;
  // The script has written beside itself, as Python does for its modules.
  [[maybe_unused]] const auto gone = sys::RemoveTree(folder_);
}

}  // namespace kedge::process
