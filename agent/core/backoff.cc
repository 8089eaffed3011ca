#include "core/backoff.h"

#include <algorithm>
#include <cstdint>

namespace kedge {

std::chrono::milliseconds BackoffDelay(const Backoff& backoff, int attempt, double random) {
  if (attempt < 1) return std::chrono::milliseconds::zero();
  const int64_t floor = std::max<int64_t>(backoff.floor.count(), 0);
  const int64_t cap = std::max<int64_t>(backoff.cap.count(), 0);

  // Doubled step by step, for base * 2^(attempt-1) overflows; 63 doublings reach any cap from any base but 0.
  int64_t ceiling = std::clamp<int64_t>(backoff.base.count(), 0, cap);
  for (int doublings = std::min(attempt - 1, 63); doublings > 0 && ceiling < cap; --doublings) {
    ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
  }
  const int64_t span = std::max(floor, ceiling) - floor;

  // Compared as doubles before the cast: a double may round up past the largest int64_t. NaN fails both
  // tests.
  const double part = random * static_cast<double>(span);
  if (!(part > 0)) return std::chrono::milliseconds(floor);
  if (part >= static_cast<double>(span)) return std::chrono::milliseconds(floor + span);
  return std::chrono::milliseconds(floor + static_cast<int64_t>(part));
}

}  // namespace kedge
