#include "handlers/program.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace kedge::testing {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadFromStart(int fd) {
  std::string content;
  char buffer[4096];
  for (off_t offset = 0;;) {
    const ssize_t got = pread(fd, buffer, sizeof buffer, offset);
    if (got <= 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    offset += got;
  }
}

pid_t Start(std::vector<std::string> argv, Environment environment, int out, int err, bool traced) {
  environment.emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  // The leak checker of a sanitized build traces the program itself, which a traced program cannot be.
  if (traced) environment["ASAN_OPTIONS"] = "detect_leaks=0";
  std::vector<std::string> variables;
  variables.reserve(environment.size());
  for (const auto& [name, value] : environment) variables.emplace_back(name).append("=").append(value);
  const std::vector<char*> arguments = Pointers(argv);
  const std::vector<char*> values = Pointers(variables);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid > 0) return pid;
  setsid();
  dup2(open("/dev/null", O_RDONLY), 0);
  dup2(out, 1);
  dup2(err, 2);
  umask(077);
  if (traced) ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  execve(arguments[0], arguments.data(), values.data());
  _exit(127);
}

// Whether mounts of this program are its own and end with it.
bool HasOwnMounts() {
  static const bool has = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
                          mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return has;
}

// Ends everything in the session of `leader`, which the caller has to wait for, and waits until it has ended:
// orphans become ours.
void KillSession(pid_t leader) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  kill(-leader, SIGKILL);
}
void WaitForOrphans(pid_t leader) {
  while (waitpid(-leader, nullptr, 0) > 0) {
  }
}

int NewMemory() { return memfd_create("output", MFD_CLOEXEC); }

}  // namespace

TemporaryFolder::TemporaryFolder(Where where) {
  std::string name = (std::filesystem::temp_directory_path() / "kedge-handlers-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = std::filesystem::canonical(name).string();
  if (where == Where::kDisk || !HasOwnMounts()) return;
  is_mounted_ = mount("none", path_.c_str(), "tmpfs", 0, nullptr) == 0;
  if (!is_mounted_ || setxattr(path_.c_str(), "user.kedge", "", 0, 0) == 0) return;
  umount2(path_.c_str(), MNT_DETACH);
  is_mounted_ = false;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (is_mounted_) umount2(path_.c_str(), MNT_DETACH);
  std::filesystem::remove_all(path_, ignored);
}

Program::Program(const std::vector<std::string>& argv, const Environment& environment)
    : out_(NewMemory()), err_(NewMemory()) {
  pid_ = Start(argv, environment, out_, err_, false);
}

Program::~Program() {
  if (pid_ > 0) {
    Kill();
    Wait();
  }
  close(out_);
  close(err_);
}

Finished Program::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  if (WIFSIGNALED(status)) WaitForOrphans(pid_);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFromStart(out_), ReadFromStart(err_)};
}

void Program::Kill() { KillSession(pid_); }

Finished Run(const std::vector<std::string>& argv, const Environment& environment) {
  return Program(argv, environment).Wait();
}

namespace {

// Runs the program to its end, with `at_stop` called at each of its ways into and out of the kernel.
std::optional<Finished> Trace(const std::vector<std::string>& argv, const Environment& environment,
                              const std::function<void(int stop, pid_t pid)>& at_stop) {
  const int out = NewMemory();
  const int err = NewMemory();
  const pid_t pid = Start(argv, environment, out, err, true);
  int status = 0;
  waitpid(pid, &status, 0);  // stopped in exec
  // Otherwise PTRACE_GET_SYSCALL_INFO does not tell a way in from a way out.
  ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD);
  for (int stop = 0; WIFSTOPPED(status); ++stop) {
    at_stop(stop, pid);
    // A signal on its way to the program goes on to it; a SIGTRAP is the tracing's own.
    const long signal = (WSTOPSIG(status) & 0x7f) == SIGTRAP ? 0 : WSTOPSIG(status);
    ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    waitpid(pid, &status, 0);
  }
  if (WIFSIGNALED(status)) WaitForOrphans(pid);
  std::optional<Finished> finished;
  if (WIFEXITED(status)) finished = {WEXITSTATUS(status), ReadFromStart(out), ReadFromStart(err)};
  close(out);
  close(err);
  return finished;
}

}  // namespace

std::optional<Finished> RunKilledAt(const std::vector<std::string>& argv, const Environment& environment,
                                    int stop, int* stops) {
  *stops = 0;
  return Trace(argv, environment, [&](int now, pid_t pid) {
    *stops = now + 1;
    if (now == stop) KillSession(pid);
  });
}

Finished RunDisturbedAt(const std::vector<std::string>& argv, const Environment& environment, int stop,
                        const std::function<void()>& disturb, int* stops) {
  *stops = 0;
  const auto finished = Trace(argv, environment, [&](int now, pid_t) {
    *stops = now + 1;
    if (now == stop) disturb();
  });
  return finished.value_or(Finished{});
}

std::vector<std::string> SyncsOf(const std::vector<std::string>& argv, const Environment& environment) {
  std::vector<std::string> syncs;
  Trace(argv, environment, [&syncs](int, pid_t pid) {
    __ptrace_syscall_info call{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) <= 0 || call.op != PTRACE_SYSCALL_INFO_ENTRY)
      return;
    switch (call.entry.nr) {
      case SYS_fsync:
      case SYS_fdatasync:
      case SYS_syncfs: {
        const std::string open = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(call.entry.args[0]);
        return syncs.push_back("sync " + std::filesystem::read_symlink(open).string());
      }
#ifdef SYS_rename
      case SYS_rename:
      case SYS_renameat:
#endif
      case SYS_renameat2:
        return syncs.push_back("rename");
      default:
        return;
    }
  });
  return syncs;
}

std::string ReadAll(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void WriteAll(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace kedge::testing
