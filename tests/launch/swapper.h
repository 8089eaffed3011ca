// The swapper: a process of its own, at full speed, that plays tricks until it is told to stop.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "swap_tricks.h"

namespace kedge::launch {

class Swapper {
 public:
  // Starts it. It ends with this process at the latest.
  Swapper(const std::vector<Trick>& tricks, unsigned seed);
  ~Swapper();
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;

  // Ends it when all is right again. False: it failed, and said so on stderr.
  bool Stop();
  // How often the trick made it wrong, so far.
  uint64_t Played(size_t trick) const;

 private:
  struct Shared;

  [[noreturn]] void Play(const std::vector<Trick>& tricks, unsigned seed);

  Shared* shared_ = nullptr;
  pid_t pid_ = -1;
};

}  // namespace kedge::launch
