// A step that does not want to end: `awkward KIND WORD`. WORD stays on the command line of every process it
// starts, so that a test finds them all.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>

namespace {

// Its name says that it has arrived in the state that a test waits for.
[[noreturn]] void Nap() {
  prctl(PR_SET_NAME, "settled");
  for (;;) pause();
}

// Its first thread leaves, the process lives on.
[[noreturn]] void Leaderless() {
  std::thread([] { Nap(); }).detach();
  pthread_exit(nullptr);
}

// 7 processes. TERM is ignored by all but the stopped one.
[[noreturn]] void Tree() {
  signal(SIGTERM, SIG_IGN);
  if (fork() == 0) Nap();
  if (fork() == 0) {
    setsid();
    if (fork() == 0) Nap();
    Nap();
  }
  if (fork() == 0) {  // a daemon by the book
    setsid();
    if (fork() != 0) _exit(0);
    std::ignore = chdir("/");
    for (int fd = 0; fd < 3; ++fd) close(fd);
    Nap();
  }
  if (fork() == 0) {
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_NAME, "settled");
    raise(SIGSTOP);
    Nap();
  }
  if (fork() == 0) Leaderless();
  Nap();
}

// Forks and leaves, over and over, a new session each time. Ends by itself after a minute or two, for the
// sake of the machine where a test fails; that is later than a test waits.
[[noreturn]] void Chain() {
  signal(SIGTERM, SIG_IGN);
  for (int link = 0; link < 200000; ++link) {
    if (fork() > 0) _exit(0);
    setsid();
    usleep(200);
  }
  _exit(0);
}

// Ends with success, but leaves a daemon that holds stdout and stderr.
[[noreturn]] void LeaveDaemon() {
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    signal(SIGTERM, SIG_IGN);
    Nap();
  }
  std::puts("done");
  std::fflush(stdout);
  _exit(0);
}

// A daemon without any environment, which it got rid of by executing itself as `kind`.
void Unmark(char* program, const char* kind, char* word) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  std::string as = kind;
  char* argv[] = {program, as.data(), word, nullptr};
  char* env[] = {nullptr};
  execve(program, argv, env);
  _exit(1);
}

[[noreturn]] void Flood(long mebibytes) {
  static char block[1 << 16];
  std::memset(block, 'x', sizeof block);
  block[sizeof block - 1] = '\n';
  for (long i = 0; i < mebibytes * 16; ++i) {
    for (size_t done = 0; done < sizeof block;) {
      const ssize_t wrote = write(1, block + done, sizeof block - done);
      if (wrote < 0) _exit(1);
      done += static_cast<size_t>(wrote);
    }
  }
  _exit(0);
}

// Two processes that say so whenever TERM comes, and stay.
[[noreturn]] void CountTerms() {
  std::ignore = nice(-20);  // where it is allowed: to take a signal before the next one can merge with it
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, nullptr);
  fork();
  prctl(PR_SET_NAME, "settled");
  for (int got = 0; sigwait(&term, &got) == 0;) std::ignore = write(1, "TERM\n", 5);
  _exit(1);
}

// A million bytes into a pipe that holds them all, so that they are still there when this has ended.
[[noreturn]] void Burst() {
  static char block[1000000];
  if (fcntl(1, F_SETPIPE_SZ, 1 << 20) < 0) _exit(1);
  _exit(write(1, block, sizeof block) == sizeof block ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 2 ? argv[1] : "";
  if (kind == "tree") Tree();
  if (kind == "chain") Chain();
  if (kind == "chain-behind") {  // behind a leader that stays
    if (fork() == 0) Chain();
    Nap();
  }
  if (kind == "leave-daemon") LeaveDaemon();
  if (kind == "leaderless") Leaderless();
  if (kind == "unmark") {
    Unmark(argv[0], "nap", argv[2]);
    Unmark(argv[0], "leaderless", argv[2]);
    Nap();
  }
  if (kind == "burst") Burst();
  if (kind == "count-terms") CountTerms();
  if (kind == "nap") Nap();
  if (kind == "flood") Flood(std::atol(argv[2]));
  std::fputs(
      "awkward: tree|chain|chain-behind|leave-daemon|unmark|leaderless|burst|count-terms|nap WORD, or flood "
      "MEBIBYTES\n",
      stderr);
  return 2;
}
