// Those that are many, or never the same.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <new>

#include "animal.h"

namespace zoo {
namespace {

// For the sake of the machine where a test fails; later than a test waits.
constexpr time_t kLongestLife = 200;  // seconds

time_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

// Each link forks the next and leaves, in a new session, as fast as it can; or after a pause of so many
// microseconds.
[[noreturn]] void Links(long microseconds) {
  IgnoreAllSignals();
  const time_t end = Now() + kLongestLife;
  for (long link = 0; Now() < end; ++link) {
    if (Fork() > 0) _exit(0);
    setsid();
    if (link == 3) Settle();
    if (microseconds > 0) usleep(static_cast<useconds_t>(microseconds));
  }
  _exit(0);
}

// Argument 0: "behind" a main process that stays; or "bare", when the main process is its first link and
// leaves with success. Argument 1: the pause.
[[noreturn]] void Chain() {
  if (std::strcmp(Word(0), "behind") != 0) Links(Number(1));
  if (Fork() == 0) Links(Number(1));
  Nap();
}

std::atomic<long>* SharedCount() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Must(page != MAP_FAILED, "mmap");
  return new (page) std::atomic<long>(0);
}

// Doubles until there are as many as argument 0 says, all deaf; when one of them dies nobody follows.
[[noreturn]] void Bomb() {
  IgnoreAllSignals();
  auto* const count = SharedCount();
  const long most = Number(0, 256);
  *count = 1;
  while (count->fetch_add(1) < most) {
    if (fork() < 0) break;
  }
  SettleAndNap();
}

// A child dies and the next one comes, from four parents at once, for ever: never one too many, always new
// ones.
[[noreturn]] void Churn() {
  IgnoreAllSignals();
  signal(SIGCHLD, SIG_DFL);
  Fork();
  Fork();
  Settle();
  for (const time_t end = Now() + kLongestLife; Now() < end;) {
    const pid_t pid = Fork();
    if (pid == 0) {
      usleep(200);
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }
  _exit(0);
}

// As many children as argument 0 says.
[[noreturn]] void Crowd() {
  for (long i = 0; i < Number(0, 100); ++i) {
    if (Fork() == 0) SettleAndNap();
  }
  SettleAndNap();
}

// Forks until it is refused, at most as often as argument 0 says; then ends with the status of argument 1,
// and leaves them all.
[[noreturn]] void Tasks() {
  long made = 0;
  int refused = 0;
  while (made < Number(0, 200)) {
    const pid_t pid = fork();
    if (pid == 0) Nap();
    if (pid < 0) {
      refused = errno;
      break;
    }
    ++made;
  }
  WriteLine(
      1, "made " + std::to_string(made) + (refused != 0 ? std::string(", ") + std::strerror(refused) : ""));
  _exit(static_cast<int>(Number(1)));
}

}  // namespace

void Breeders(const std::string& animal) {
  if (animal == "chain") Chain();
  if (animal == "bomb") Bomb();
  if (animal == "churn") Churn();
  if (animal == "crowd") Crowd();
  if (animal == "tasks") Tasks();
}

}  // namespace zoo
