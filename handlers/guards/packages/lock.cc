#include "guards/packages/lock.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <thread>

#include "guards/packages/database.h"
#include "sys/clock.h"

namespace kedge::packages {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{200};

struct flock WholeFile() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

Result<sys::Fd> Open(const std::string& path) {
  sys::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!file) return Unexpected(sys::ErrnoError("open " + path, errno));
  return file;
}

// The process that holds a lock on the file; 0: none.
pid_t HolderOf(const sys::Fd& file) {
  struct flock lock = WholeFile();
  if (fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

std::string NameOf(pid_t pid) {
  const auto name = sys::ReadFile("/proc/" + std::to_string(pid) + "/comm");
  std::string text = name ? *name : "a process";
  if (text.ends_with('\n')) text.pop_back();
  return text + " (" + std::to_string(pid) + ")";
}

}  // namespace

Result<FrontendLock> FrontendLock::Take(std::chrono::seconds most) {
  auto frontend = Open(kDpkg + "/lock-frontend");
  if (!frontend) return Unexpected(frontend.error());
  const auto database = Open(kDpkg + "/lock");
  if (!database) return Unexpected(database.error());
  const int64_t deadline = sys::BootMillis() + std::chrono::milliseconds(most).count();
  for (;;) {
    struct flock lock = WholeFile();
    const bool is_ours = fcntl(frontend->get(), F_SETLK, &lock) == 0;
    // A dpkg whose apt was killed runs on without the lock of the front end, but holds its own.
    const pid_t holder = HolderOf(is_ours ? *database : *frontend);
    if (is_ours && holder == 0) return FrontendLock(*std::move(frontend));
    if (sys::BootMillis() >= deadline) {
      return Unexpected(ErrorKind::kBusy, "dpkg is in use by " + NameOf(holder) + " for more than " +
                                              std::to_string(most.count()) + " s");
    }
    std::this_thread::sleep_for(kBetweenTries);  // the kernel's own wait for a lock has no limit of time
  }
}

bool AreAccountsLocked() {
  const sys::Fd file(open("/etc/.pwd.lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return file && HolderOf(file) != 0;
}

}  // namespace kedge::packages
