#include "cage.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "sys/files.h"

namespace kedge::zoo {
namespace {

namespace fs = std::filesystem;

std::string FindProgram() {
  if (const char* named = std::getenv("KEDGE_ZOO")) return named;
  return fs::read_symlink("/proc/self/exe").parent_path() / "zoo";
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

bool Executes(const char* process, std::string_view folder) {
  char link[64];
  char target[PATH_MAX];
  std::snprintf(link, sizeof link, "%s/exe", process);
  const ssize_t size = readlink(link, target, sizeof target);
  if (size <= 0) return false;
  const std::string_view path(target, static_cast<size_t>(size));
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// A process whose first thread has left shows what it executes in its other threads only.
bool AnyThreadExecutes(const char* process, std::string_view folder) {
  char path[64];
  std::snprintf(path, sizeof path, "%s/task", process);
  const OpenFolder threads(opendir(path));
  while (const dirent* thread = threads ? readdir(threads.get()) : nullptr) {
    if (thread->d_name[0] == '.') continue;
    char one[64];
    std::snprintf(one, sizeof one, "%.30s/%.20s", path, thread->d_name);
    if (Executes(one, folder)) return true;
  }
  return false;
}

// Of a zombie there is but the number left. (One whose first thread only has left shows the same state, and
// executes something in another.)
bool IsKernelThreadOrGone(const char* process) {
  char link[64];
  char target[8];
  std::snprintf(link, sizeof link, "%s/exe", process);
  return readlink(link, target, sizeof target) < 0;
}

}  // namespace

std::vector<pid_t> AliveIn(const std::string& folder) {
  std::vector<pid_t> alive;
  const OpenFolder all(opendir("/proc"));
  while (const dirent* entry = all ? readdir(all.get()) : nullptr) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    char process[32];
    std::snprintf(process, sizeof process, "/proc/%d", pid);
    const bool is =
        Executes(process, folder) || (IsKernelThreadOrGone(process) && AnyThreadExecutes(process, folder));
    if (is) alive.push_back(pid);
  }
  return alive;
}

bool HeldIn(const std::string& folder) {
  const sys::Fd lock(open((folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC));
  return lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
}

void KillAllIn(const std::string& folder) {
  for (int pass = 0; pass < 20000; ++pass) {  // but not for ever: what is in uninterruptible sleep stays
    const auto alive = AliveIn(folder);
    if (alive.empty() && !HeldIn(folder)) return;
    for (const pid_t pid : alive) kill(pid, SIGKILL);
  }
}

Cage::Cage() : folder_((fs::temp_directory_path() / "kedge-zoo-XXXXXX").string()) {
  if (mkdtemp(folder_.data()) == nullptr)
    throw std::runtime_error("mkdtemp: " + std::string(std::strerror(errno)));
  chmod(folder_.c_str(), 0755);
  folder_ = fs::canonical(folder_);  // as the kernel will name it
  fs::copy_file(FindProgram(), program());
}

Cage::~Cage() {
  Clear();
  std::error_code gone;
  fs::remove_all(folder_, gone);
}

size_t Cage::Settled() const {
  struct stat file {};
  return stat((folder_ + "/settled").c_str(), &file) == 0 ? static_cast<size_t>(file.st_size) : 0;
}

void Cage::ForgetSettled() const { unlink((folder_ + "/settled").c_str()); }

std::vector<pid_t> Cage::Alive() const { return AliveIn(folder_); }

void Cage::Clear() const { KillAllIn(folder_); }

}  // namespace kedge::zoo
