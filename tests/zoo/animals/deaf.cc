// Those that do not answer when they are told to end.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <tuple>

#include "animal.h"

namespace zoo {
namespace {

// Two processes that ignore every signal that can be ignored.
[[noreturn]] void IgnoreAll() {
  IgnoreAllSignals();
  Fork();
  SettleAndNap();
}

[[noreturn]] void StopItself() {
  Settle();
  raise(SIGSTOP);
  Nap();
}

void OnTermSayAwake(int) {
  std::ignore = write(1, "awake\n", 6);
  _exit(0);
}

// Its two children are stopped and would answer TERM. It waits for them, deaf itself.
[[noreturn]] void StoppedChildren() {
  for (int i = 0; i < 2; ++i) {
    if (Fork() > 0) continue;
    signal(SIGTERM, OnTermSayAwake);
    Settle();
    raise(SIGSTOP);
    Nap();
  }
  signal(SIGTERM, SIG_IGN);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  _exit(0);
}

// Waits in vfork for a child that never executes anything: it shows as uninterruptible, and is not.
[[noreturn]] void Vfork() {
  IgnoreAllSignals();
  if (vfork() == 0) {
    Settle();
    for (;;) pause();
  }
  _exit(0);
}

// The first thread leaves, the process lives on.
[[noreturn]] void Leaderless() {
  IgnoreAllSignals();
  std::thread([] { SettleAndNap(); }).detach();
  pthread_exit(nullptr);
}

// Ignores that children end: they leave no status. Ends with success after argument 0 of them.
[[noreturn]] void NoSigchld() {
  signal(SIGCHLD, SIG_IGN);
  for (long i = 0; i < Number(0, 100); ++i) {
    if (Fork() == 0) _exit(3);
  }
  Must(waitpid(-1, nullptr, 0) < 0 && errno == ECHILD, "waitpid");
  WriteLine(1, "nobody to wait for");
  _exit(0);
}

// A child writes to the file of argument 0, whose file system is frozen: no signal reaches it until that
// thaws.
[[noreturn]] void Uninterruptible() {
  if (Fork() == 0) {
    const int fd = open(Word(0), O_WRONLY | O_CLOEXEC);
    Must(fd >= 0, "open");
    Settle();
    Must(WriteAll(fd, "x", 1), "write");
    _exit(0);
  }
  SettleAndNap();
}

void OnTermSayBye(int) {
  std::ignore = write(1, "bye\n", 4);
  _exit(0);
}

// Leaves with success when it is told to end.
[[noreturn]] void Polite() {
  signal(SIGTERM, OnTermSayBye);
  WriteLine(1, "up");
  SettleAndNap();
}

}  // namespace

void Deaf(const std::string& animal) {
  if (animal == "deaf") IgnoreAll();
  if (animal == "stopped") StopItself();
  if (animal == "stopped-children") StoppedChildren();
  if (animal == "vfork") Vfork();
  if (animal == "leaderless") Leaderless();
  if (animal == "no-sigchld") NoSigchld();
  if (animal == "uninterruptible") Uninterruptible();
  if (animal == "polite") Polite();
}

}  // namespace zoo
