#include "process/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <optional>

#include "process/cgroup.h"
#include "process/pidfd.h"

namespace kedge::process {
namespace {

// Empty: this way is not open here, try another.
std::optional<Cloned> TryClone3(const Cgroup* cgroup) {
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup != nullptr) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup->folder_fd());
  }
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return std::nullopt;
  return Cloned{static_cast<pid_t>(pid), sys::Fd(pidfd), cgroup != nullptr};
}

}  // namespace

Result<Cloned> CloneChild(const Cgroup* cgroup) {
  if (auto cloned = TryClone3(cgroup)) return std::move(*cloned);
  // No memory, too many processes or descriptors: fork would meet the same.
  if (errno == EAGAIN || errno == ENOMEM || errno == EMFILE || errno == ENFILE) {
    return Unexpected(sys::ErrnoError("clone3", errno));
  }
  const pid_t pid = _Fork();
  if (pid < 0) return Unexpected(sys::ErrnoError("fork", errno));
  if (pid == 0) return Cloned{};
  Cloned cloned{pid, OpenPidfd(pid)};
  if (cloned.pidfd) return cloned;
  const int why = errno;
  // Never a child that we cannot hold. It is ours and not reaped, so its number is its own.
  kill(pid, SIGKILL);
  while (!ReapZombie(pid)) {
    if (errno == ECHILD) break;
  }
  return Unexpected(sys::ErrnoError("pidfd_open", why));
}

bool JoinCgroup(int procs_fd) { return write(procs_fd, "0", 1) == 1; }

}  // namespace kedge::process
