#include "setup/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace kedge::setup {
namespace {

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

bool IsReadable(int fd, int wait) {
  pollfd ready{fd, POLLIN, 0};
  return poll(&ready, 1, wait) > 0;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = Signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  fd_ = sys::Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Interrupt::~Interrupt() {
  const sigset_t set = Signals();
  // What has been heard of is not delivered once more.
  while (IsReadable(fd_.get(), 0)) {
    signalfd_siginfo info;
    if (read(fd_.get(), &info, sizeof info) <= 0) break;
  }
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interrupt::came() {
  came_ = came_ || IsReadable(fd_.get(), 0);
  return came_;
}

void Interrupt::Pause(std::chrono::milliseconds time) {
  IsReadable(fd_.get(), static_cast<int>(time.count()));
}

}  // namespace kedge::setup
