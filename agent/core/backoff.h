// Exponential backoff with full jitter: the delay is a pure function of the attempt and one random number,
// so every retry in Kedge uses this one and no loop owns a sleep.
#pragma once

#include <chrono>

namespace kedge {

struct Backoff {
  std::chrono::milliseconds base{1000};
  std::chrono::milliseconds cap{60000};
  // Never sooner than this (AWS takes one CONNECT a second for each client id).
  std::chrono::milliseconds floor{0};
};

// The delay after `attempt` (1, 2, ...) failed attempts, with `random` in [0, 1):
//   floor + random * (max(floor, min(cap, base * 2^(attempt-1))) - floor)
// attempt < 1 gives zero. Never overflows.
std::chrono::milliseconds BackoffDelay(const Backoff& backoff, int attempt, double random);

}  // namespace kedge
