// The numbers of one seed. The generator's are the same everywhere; those of the library's distributions are
// not, and are not used.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace kedge::weather {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  // Both ends included. That some numbers come more often by 2^-50 does no harm here.
  int Number(int least, int most) {
    const auto span = static_cast<uint64_t>(most - least) + 1;
    return least + static_cast<int>(random_() % span);
  }
  bool Happens(int percent) { return Number(1, 100) <= percent; }
  template <typename T>
  T OneOf(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(Number(0, static_cast<int>(choices.size()) - 1))];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace kedge::weather
