#include "guards/program/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sys/files.h"

namespace kedge::guards {
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
  char buffer[65536];
  for (;;) {
    const ssize_t got = pread(fd, buffer, sizeof buffer, static_cast<off_t>(content.size()));
    if (got <= 0) return content;
    content.append(buffer, static_cast<size_t>(got));
  }
}

Result<pid_t> Spawn(Call& call, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  if (!call.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, call.folder.c_str());
  pid_t pid = -1;
  const int failure = posix_spawnp(&pid, call.argv[0].c_str(), &actions, nullptr, Pointers(call.argv).data(),
                                   Pointers(call.environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure == 0) return pid;
  return Unexpected(ErrorKind::kNotFound, sys::ErrnoError("run " + call.argv[0], failure).message);
}

// False: it had not ended by then, and was killed.
bool EndsWithin(pid_t pid, std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const sys::Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd polled{process.get(), POLLIN, 0};
    const int ended = left <= 0 ? 0 : poll(&polled, 1, static_cast<int>(left));
    if (ended > 0) return true;
    if (ended < 0 && errno == EINTR) continue;
    kill(pid, SIGKILL);
    return false;
  }
}

}  // namespace

// Into files in memory and not through pipes: a service that the program has started keeps its output open,
// and would be waited for.
Result<Ended> Run(Call call) {
  const sys::Fd out(memfd_create("out", MFD_CLOEXEC));
  const sys::Fd err(memfd_create("err", MFD_CLOEXEC));
  if (!out || !err) return Unexpected(sys::ErrnoError("memfd_create", errno));
  const auto pid = Spawn(call, out.get(), err.get());
  if (!pid) return Unexpected(pid.error());
  const bool has_ended = !call.limit || EndsWithin(*pid, *call.limit);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!has_ended) {
    return Unexpected(ErrorKind::kBusy,
                      call.argv[0] + " had not ended after " +
                          std::to_string(std::chrono::ceil<std::chrono::seconds>(*call.limit).count()) +
                          " s");
  }
  return Ended{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadFromStart(out.get()),
               ReadFromStart(err.get())};
}

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& variables) {
  std::vector<std::string> environment = variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('=') + 1);
    bool is_replaced = false;
    for (const std::string& variable : variables) is_replaced |= variable.starts_with(name);
    if (!is_replaced) environment.push_back(text);
  }
  return environment;
}

std::string LastLine(const std::string& text) {
  const size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "";
  const size_t start = text.rfind('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

}  // namespace kedge::guards
