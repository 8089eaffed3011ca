#include "swapper.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <numeric>
#include <random>
#include <system_error>

namespace kedge::launch {
namespace {

constexpr size_t kMaxTricks = 64;

// No sleep: shorter than one can be.
void Spin(std::chrono::microseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

}  // namespace

struct Swapper::Shared {
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> played[kMaxTricks] = {};
};

Swapper::Swapper(const std::vector<Trick>& tricks, unsigned seed) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  shared_ = new (memory) Shared;
  pid_ = fork();
  if (pid_ == 0) Play(tricks, seed);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

Swapper::~Swapper() {
  Stop();
  munmap(shared_, sizeof(Shared));
}

bool Swapper::Stop() {
  if (pid_ < 0) return true;
  shared_->stop = true;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

uint64_t Swapper::Played(size_t trick) const { return shared_->played[trick]; }

// Long and short stays, in the wrong state and in the right one, so that a change comes at every moment of a
// start: between any two system calls, and from before the check until after the program runs.
void Swapper::Play(const std::vector<Trick>& tricks, unsigned seed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::minstd_rand random(seed);
  const auto stay = [&random] {
    static constexpr unsigned kStays[] = {0,  0,  0,  0,   0,   0,
                                          20, 20, 50, 100, 400, 2000};  // microseconds, at most
    const unsigned longest = kStays[random() % std::size(kStays)];
    if (longest > 0) Spin(std::chrono::microseconds(random() % longest));
  };
  try {
    std::vector<size_t> round(tricks.size());
    std::iota(round.begin(), round.end(), size_t{0});
    while (!shared_->stop) {
      std::shuffle(round.begin(), round.end(), random);
      for (const size_t chosen : round) {
        tricks[chosen].wrong();
        ++shared_->played[chosen];
        stay();
        tricks[chosen].right();
        stay();
      }
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "swapper: %s\n", failure.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace kedge::launch
