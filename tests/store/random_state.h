// States as they come, for property tests: every durable member takes every kind of value it can have, bytes
// that are no UTF-8 included. The same seed gives the same states.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/state.h"

namespace kedge::store {

class RandomState {
 public:
  explicit RandomState(unsigned seed) : engine_(seed) {}

  State Make();
  // A state that may follow `before`: some of its members changed, as large or as small a step as you like.
  State After(const State& before);
  // Entries for executions of `state`, and now and then for one that nobody knows.
  std::vector<HistoryEntry> History(const State& state);

  int64_t Number(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(engine_);
  }
  bool Chance(int percent) { return Number(1, 100) <= percent; }

 private:
  template <class E>
  E Enum(E last) {
    return static_cast<E>(Number(0, static_cast<int64_t>(last)));
  }
  std::string Text(size_t most = 40);
  std::vector<std::string> Texts();
  ExecutionId Id();
  DetailsMap Details();
  StepRecord Step();
  Execution Current();
  void Progress(Execution& execution);
  PendingUpdate Update();
  Closed Over(const ExecutionId& id);
  Ending How();
  Usage Used();

  std::mt19937 engine_;
};

}  // namespace kedge::store
