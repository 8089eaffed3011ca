#include "process/spawn.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "process/child.h"
#include "process/clone.h"

namespace kedge::process {
namespace {

struct Pipe {
  sys::Fd read;
  sys::Fd write;
};

// An agent that was started with a closed stdin would get descriptors 0 to 2 here, which the child puts
// others on.
Result<sys::Fd> AboveStdio(int fd) {
  sys::Fd owned(fd);
  if (fd > kStatusFd) return owned;
  sys::Fd above(fcntl(fd, F_DUPFD_CLOEXEC, kStatusFd + 1));
  if (!above) return Unexpected(sys::ErrnoError("fcntl F_DUPFD_CLOEXEC", errno));
  return above;
}

Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Unexpected(sys::ErrnoError("pipe2", errno));
  auto read = AboveStdio(ends[0]);
  auto write = AboveStdio(ends[1]);
  if (!read) return Unexpected(read.error());
  if (!write) return Unexpected(write.error());
  // Only our end: programs do not expect a stdout that says EAGAIN.
  if (fcntl(read->get(), F_SETFL, O_NONBLOCK) != 0)
    return Unexpected(sys::ErrnoError("fcntl F_SETFL", errno));
  return Pipe{std::move(*read), std::move(*write)};
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // execve's signature
  pointers.push_back(nullptr);
  return pointers;
}

// No signal may reach the child while it still has the agent's dispositions.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Result<Spawned> Spawn(const Launch& launch, const Cgroup* cgroup) {
  const int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null_fd < 0) return Unexpected(sys::ErrnoError("open /dev/null", errno));
  const auto null = AboveStdio(null_fd);
  auto out = MakePipe();
  auto err = MakePipe();
  auto status = MakePipe();
  auto failure = MakePipe();
  if (!null) return Unexpected(null.error());
  for (const auto* pipe : {&out, &err, &status, &failure}) {
    if (!*pipe) return Unexpected(pipe->error());
  }
  const auto argv = Pointers(launch.argv);
  const auto env = Pointers(launch.env);
  const auto shell_argv = Pointers(launch.shell_argv);
  ChildSetup setup{launch, argv.data(), env.data(), shell_argv.data()};
  setup.null = null->get();
  setup.out = out->write.get();
  setup.err = err->write.get();
  setup.status = status->write.get();
  setup.failure = failure->write.get();

  const SignalsBlocked blocked;
  auto cloned = CloneChild(cgroup);
  if (!cloned) return Unexpected(cloned.error());
  if (cloned->pid == 0) {
    if (cgroup != nullptr && !cloned->in_cgroup) setup.join = cgroup->procs_fd();
    BecomeChild(setup);
  }
  return Spawned{cloned->pid,          std::move(cloned->pidfd), std::move(out->read),
                 std::move(err->read), std::move(status->read),  std::move(failure->read)};
}

Result<void> StartFailure(const sys::Fd& failure) {
  std::array<char, 8192> message{};
  ssize_t got = 0;
  do {
    got = read(failure.get(), message.data(), message.size());
  } while (got < 0 && errno == EINTR);
  int why = 0;
  if (got <= static_cast<ssize_t>(sizeof why)) return {};
  std::memcpy(&why, message.data(), sizeof why);
  const std::string what(message.data() + sizeof why, static_cast<size_t>(got) - sizeof why);
  return Unexpected(sys::ErrnoError(what, why));
}

}  // namespace kedge::process
