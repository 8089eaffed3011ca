// Those that get away: from the session, the process group, the parent, the name, the environment, the
// control group, the namespace.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <tuple>

#include "animal.h"

namespace zoo {
namespace {

// How it goes on with the parent of a runaway. `leaves`: with success, at once.
[[noreturn]] void StayOrLeave(const char* which) {
  if (std::strcmp(which, "leaves") == 0) _exit(0);
  SettleAndNap();
}

// Its child has a session of its own, and a child there.
[[noreturn]] void Session() {
  if (Fork() == 0) {
    Must(setsid() > 0, "setsid");
    Fork();
    SettleAndNap();
  }
  SettleAndNap();
}

// Comes back in a daemon by the book: own session, no leader of it, no streams, in "/". And in its starter,
// once the one between is gone.
bool BecomeDaemon() {
  const pid_t between = Fork();
  if (between > 0) {
    waitpid(between, nullptr, 0);
    return false;
  }
  Must(setsid() > 0, "setsid");
  if (Fork() > 0) _exit(0);
  std::ignore = chdir("/");
  for (int fd = 0; fd < 64; ++fd) close(fd);
  return true;
}

// Argument 0: the main process "stays" or "leaves".
[[noreturn]] void Daemon() {
  if (BecomeDaemon()) {
    IgnoreAllSignals();
    SettleAndNap();
  }
  StayOrLeave(Word(0));
}

// The same, but its environment is gone: it executed itself with none.
[[noreturn]] void Unmarked() {
  if (BecomeDaemon()) BecomeAgain(TheCall().program, "unmarked", "nap");
  StayOrLeave(Word(0));
}

// Two leaders of own process groups, and one that joined the group of the other.
[[noreturn]] void Groups() {
  const pid_t leader = Fork();
  if (leader == 0) {
    Must(setpgid(0, 0) == 0, "setpgid");
    SettleAndNap();
  }
  setpgid(leader, leader);
  if (Fork() == 0) {
    Must(setpgid(0, leader) == 0, "setpgid");
    SettleAndNap();
  }
  if (Fork() == 0) {
    Must(setpgid(0, 0) == 0, "setpgid");
    SettleAndNap();
  }
  SettleAndNap();
}

void CopyProgram(const std::string& to) {
  const int from = open(TheCall().program, O_RDONLY | O_CLOEXEC);
  const int copy = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  Must(from >= 0 && copy >= 0, "open");
  static char block[1 << 16];
  for (ssize_t got = 0; (got = read(from, block, sizeof block)) > 0;) {
    Must(WriteAll(copy, block, static_cast<size_t>(got)), "write");
  }
  close(copy);
  close(from);
}

// One by its name in the process table, one by its arguments, one by executing a copy of itself.
[[noreturn]] void Renamed() {
  const std::string copy = TheCall().folder + "/innocent";
  CopyProgram(copy);
  if (Fork() == 0) {
    Must(prctl(PR_SET_NAME, "kworker/0:1") == 0, "prctl");
    SettleAndNap();
  }
  if (Fork() == 0) {
    char* const words = TheCall().argument[-3];  // the program's own name: the words follow one another there
    const size_t size = std::strlen(words);
    std::memset(words, 0, size);
    std::strncpy(words, "init", size);
    SettleAndNap();
  }
  if (Fork() == 0) BecomeAgain(copy.c_str(), "[kthreadd]", "nap");
  SettleAndNap();
}

// Grandchildren whose parents have left. Argument 0: how many.
[[noreturn]] void Orphans() {
  for (long i = 0; i < Number(0, 8); ++i) {
    const pid_t parent = Fork();
    if (parent > 0) {
      waitpid(parent, nullptr, 0);
      continue;
    }
    if (Fork() > 0) _exit(0);
    if (i % 2 == 0) setsid();
    SettleAndNap();
  }
  SettleAndNap();
}

// A child leaves the task's control group for the one in argument 0. Argument 1: "unmarked", then it drops
// its environment too, and its parent leaves it behind: nothing ties it to the task any more.
[[noreturn]] void Fugitive() {
  const std::string procs = std::string(Word(0)) + "/cgroup.procs";
  const bool unmarked = std::strcmp(Word(1), "unmarked") == 0;
  if (access(procs.c_str(), W_OK) != 0) NotHere("no leave to join " + procs + ": " + std::strerror(errno));
  const pid_t child = Fork();
  if (child == 0) {
    if (!WriteFile(procs, "0")) NotHere("no leave to join " + procs + ": " + std::strerror(errno));
    if (!unmarked) SettleAndNap();
    if (BecomeDaemon()) BecomeAgain(TheCall().program, "fugitive", "nap");
    _exit(0);
  }
  if (!unmarked) SettleAndNap();
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) _exit(77);
  SettleAndNap();
}

void MakeGroup(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0) NotHere("no leave to make " + path + ": " + std::strerror(errno));
}

// Makes the control group of argument 0 and one in it, and moves into both. Every process is in one of them.
[[noreturn]] void Nested() {
  const std::string group = Word(0);
  MakeGroup(group);
  MakeGroup(group + "/inner");
  if (Fork() == 0) {
    Must(WriteFile(group + "/inner/cgroup.procs", "0"), "join the inner group");
    Fork();
    SettleAndNap();
  }
  Must(WriteFile(group + "/cgroup.procs", "0"), "join the group");
  SettleAndNap();
}

void OnTermSayThawed(int) {
  std::ignore = write(1, "thawed\n", 7);
  _exit(0);
}

// Makes the control group of argument 0 and freezes a child in it, which would answer TERM if it only could.
[[noreturn]] void Frozen() {
  const std::string group = Word(0);
  MakeGroup(group);
  if (Fork() == 0) {
    signal(SIGTERM, OnTermSayThawed);
    Must(WriteFile(group + "/cgroup.procs", "0"), "join the group");
    SettleAndNap();
  }
  struct stat settled {};
  while (stat((TheCall().folder + "/settled").c_str(), &settled) != 0 || settled.st_size < 1) sched_yield();
  if (!WriteFile(group + "/cgroup.freeze", "1")) {
    NotHere("no leave to freeze " + group + ": " + std::strerror(errno));
  }
  signal(SIGTERM, SIG_IGN);  // only an answer of the child, or KILL, ends it all
  Settle();
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  _exit(0);
}

// The first process of a new pid namespace, which ignores what has no handler, and three behind it. Argument
// 0: "user" for one in a new user namespace as well.
[[noreturn]] void Namespace() {
  const int flags = CLONE_NEWPID | (std::strcmp(Word(0), "user") == 0 ? CLONE_NEWUSER : 0);
  if (unshare(flags) != 0) NotHere(std::string("unshare: ") + std::strerror(errno));
  if (Fork() == 0) {
    if (Fork() == 0) {
      Fork();
      SettleAndNap();
    }
    if (BecomeDaemon()) BecomeAgain(TheCall().program, "in-there", "nap");
    SettleAndNap();
  }
  SettleAndNap();
}

}  // namespace

void Runaways(const std::string& animal) {
  if (animal == "session") Session();
  if (animal == "daemon") Daemon();
  if (animal == "unmarked") Unmarked();
  if (animal == "groups") Groups();
  if (animal == "renamed") Renamed();
  if (animal == "orphans") Orphans();
  if (animal == "fugitive") Fugitive();
  if (animal == "nested") Nested();
  if (animal == "frozen") Frozen();
  if (animal == "namespace") Namespace();
}

}  // namespace zoo
