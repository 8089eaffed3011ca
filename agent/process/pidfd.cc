#include "process/pidfd.h"

#include <sys/resource.h>
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

std::optional<Reaped> Reap(int pidfd) {
  siginfo_t info{};
  rusage used{};
  long result = 0;
  do {
    // The call itself gives the usage as well; the C library's waitid hides that. (On armhf the kernel fills
    // the rusage of 32-bit times, which is what this room is compiled with.)
    result = syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &used);
  } while (result != 0 && errno == EINTR);
  Reaped reaped{Interrupted{}};
  if (result != 0) return reaped;
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) {
    reaped.ending = Exited{info.si_status};
  } else {
    reaped.ending = Signalled{info.si_status, info.si_code == CLD_DUMPED};
  }
  const auto time = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  reaped.cpu = time(used.ru_utime) + time(used.ru_stime);
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  if (used.ru_maxrss > own.ru_maxrss) reaped.peak_memory = static_cast<int64_t>(used.ru_maxrss) * 1024;
  return reaped;
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
