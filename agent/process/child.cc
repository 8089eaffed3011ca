#include "process/child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "process/clone.h"

namespace kedge::process {
namespace {

[[noreturn]] void Fail(const ChildSetup& setup, const char* call, const char* object = "",
                       const char* note = "") {
  int why = errno;
  const auto text = [](const char* part) { return iovec{const_cast<char*>(part), std::strlen(part)}; };
  const iovec message[] = {{&why, sizeof why}, text(call), text(object), text(note)};
  std::ignore = writev(setup.failure, message, std::size(message));
  _exit(127);
}

void ResetSignals() {
  // By the call itself: the C library keeps two of the real-time signals to itself and refuses them. All
  // zeros is SIG_DFL; the kernel's structure is no larger than this on any architecture.
  static constexpr uint64_t kStandard[8] = {};
  static constexpr size_t kSignalSetBytes = _NSIG / 8;
  for (int signal = 1; signal < _NSIG; ++signal) {
    syscall(SYS_rt_sigaction, signal, kStandard, nullptr, kSignalSetBytes);  // KILL and STOP refuse: fine
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Everything above the status descriptor shall close on exec. Not closed here: `failure` and the program are
// still needed.
void CloseOthersOnExec() {
  static constexpr unsigned kFirst = kStatusFd + 1;
  if (syscall(SYS_close_range, kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11. What the agent opens is O_CLOEXEC by itself; this catches what a library forgot.
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  for (int fd = kFirst; fd < end; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void ConnectStreams(const ChildSetup& setup) {
  if (dup2(setup.null, 0) < 0 || dup2(setup.out, 1) < 0 || dup2(setup.err, 2) < 0 ||
      dup2(setup.status, kStatusFd) < 0) {
    Fail(setup, "dup2");
  }
  if (!setup.launch.change_user) return;
  // A pipe belongs to who made it: without this, opening /dev/stderr by name is denied to the new user.
  std::ignore = fchown(1, setup.launch.user.uid, setup.launch.user.gid);
  std::ignore = fchown(2, setup.launch.user.uid, setup.launch.user.gid);
  std::ignore = fchown(kStatusFd, setup.launch.user.uid, setup.launch.user.gid);
}

// An agent shielded from the out-of-memory killer (OOMScoreAdjust=) does not shield its steps. Best effort:
// where it is refused, the step is merely as shielded as the agent.
void ResetOomScore() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) std::ignore = write(fd, "0", 1);
}

void ChangeUser(const ChildSetup& setup) {
  const Identity& user = setup.launch.user;
  const char* name = user.name.c_str();
  if (setgroups(user.groups.size(), user.groups.data()) != 0) Fail(setup, "setgroups for user ", name);
  if (setresgid(user.gid, user.gid, user.gid) != 0) Fail(setup, "setresgid for user ", name);
  if (setresuid(user.uid, user.uid, user.uid) != 0) Fail(setup, "setresuid for user ", name);
}

[[noreturn]] void Execute(const ChildSetup& setup) {
  const Launch& launch = setup.launch;
  if (launch.program) {
    syscall(SYS_execveat, launch.program.get(), "", setup.argv, setup.env, AT_EMPTY_PATH);
    Fail(setup, "execveat ", launch.path.c_str());
  }
  execve(launch.path.c_str(), setup.argv, setup.env);
  if (errno == ENOEXEC && setup.shell_argv[0] != nullptr)
    execve(setup.shell_argv[0], setup.shell_argv, setup.env);  // as execvp and every shell do
  if (errno == ENOENT && access(launch.path.c_str(), F_OK) == 0) {
    errno = ENOENT;
    Fail(setup, "execve ", launch.path.c_str(), " (the interpreter that its first line names)");
  }
  Fail(setup, "execve ", launch.path.c_str());
}

}  // namespace

void BecomeChild(const ChildSetup& setup) {
  // First of all: until it is in its group, an end of the task could miss it.
  if (setup.join >= 0 && !JoinCgroup(setup.join)) Fail(setup, "join the task's control group");
  setsid();
  ResetSignals();
  umask(077);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  ResetOomScore();
  ConnectStreams(setup);
  CloseOthersOnExec();
  if (setup.launch.change_user) ChangeUser(setup);
  if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) Fail(setup, "prctl PR_SET_NO_NEW_PRIVS");
  const char* folder = setup.launch.working_folder.c_str();
  if (chdir(folder) != 0) Fail(setup, "chdir ", folder);
  Execute(setup);
}

}  // namespace kedge::process
