// Random moments that a seed brings back, on every machine: the standard's distributions differ from library
// to library, its engine does not.
#pragma once

#include <cstdint>
#include <random>

namespace kedge::conform {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // In [0, 1).
  double Fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace kedge::conform
