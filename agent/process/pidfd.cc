#include "process/pidfd.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace kedge::process {

// By number: <sys/pidfd.h> of Debian 12's glibc 2.36 forgot extern "C".
sys::Fd OpenPidfd(pid_t pid) { return sys::Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U))); }

void SendSignals(int pidfd, std::initializer_list<int> signals) {
  for (const int signal : signals) syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0U);
}

std::optional<Ending> Reap(int pidfd) {
  siginfo_t info{};
  int result = 0;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return Interrupted{};
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return Exited{info.si_status};
  return Signalled{info.si_status, info.si_code == CLD_DUMPED};
}

bool ReapZombie(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid == pid;
}

bool IsOurChild(int pidfd) {
  siginfo_t info{};
  return waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace kedge::process
