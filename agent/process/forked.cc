#include "process/forked.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "process/pidfd.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::process {
namespace {

// What was killed is usually gone at once.
constexpr int kAfterKill = 500;  // milliseconds

[[noreturn]] void Work(const std::function<std::string()>& work, int to) {
  int status = 0;
  try {
    const std::string result = work();
    for (std::string_view rest = result; !rest.empty();) {
      const ssize_t wrote = write(to, rest.data(), rest.size());
      if (wrote < 0 && errno != EINTR) _exit(1);
      if (wrote > 0) rest.remove_prefix(static_cast<size_t>(wrote));
    }
  } catch (...) {
    status = 1;
  }
  _exit(status);  // nothing of the parent's is to be flushed or destroyed twice
}

// Everything until the other end is closed; false: the deadline came first.
bool ReadAll(int fd, int64_t deadline, std::string& all) {
  std::array<char, 16384> buffer;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    const int64_t rest = std::max<int64_t>(0, deadline - sys::BootMillis());
    const int polled = poll(&ready, 1, static_cast<int>(rest));
    if (polled == 0) return false;
    if (polled < 0) continue;  // a signal
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got > 0) all.append(buffer.data(), static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::string> RunForked(const std::function<std::string()>& work, std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Unexpected(sys::ErrnoError("pipe", errno));
  const sys::Fd from(ends[0]);
  sys::Fd to(ends[1]);
  // The C library's own fork: the child goes on as a program, with its allocator and its locks in order.
  const pid_t pid = fork();
  if (pid < 0) return Unexpected(sys::ErrnoError("fork", errno));
  if (pid == 0) Work(work, to.get());
  to.reset();
  const sys::Fd pidfd = OpenPidfd(pid);  // ours and not reaped: the number is its own
  std::string result;
  const bool in_time = ReadAll(from.get(), sys::BootMillis() + limit.count(), result);
  if (!in_time) kill(pid, SIGKILL);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (pidfd) poll(&ended, 1, kAfterKill);
  int status = 0;
  const pid_t reaped = waitpid(pid, &status, WNOHANG);
  if (!in_time) {
    return Unexpected{ErrorKind::kUnavailable,
                      "it did not end within " + std::to_string(limit.count() / 1000) + " s"};
  }
  if (reaped == pid && WIFSIGNALED(status))
    return Unexpected{ErrorKind::kIo, "it was ended by signal " + std::to_string(WTERMSIG(status))};
  if (reaped == pid && WEXITSTATUS(status) != 0) return Unexpected{ErrorKind::kIo, "it failed within itself"};
  return result;
}

}  // namespace kedge::process
