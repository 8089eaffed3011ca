// A Journal that keeps everything in memory and remembers every commit.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "store/journal.h"

namespace kedge::fakes {

class MemoryJournal : public store::Journal {
 public:
  struct Recorded {
    State state;  // as a restart after this commit finds it
    std::vector<HistoryEntry> history;
  };

  Result<State> Load() override { return held_; }

  Result<void> Commit(const State&, const State& after, const std::vector<HistoryEntry>& history) override {
    if (failure_) return Unexpected(*std::exchange(failure_, std::nullopt));
    held_ = Durable(after);
    commits.push_back({held_, history});
    return {};
  }

  bool FreeReserve() override { return std::exchange(reserve_, false); }

  Result<void> StartAnew(const State& state, const std::string&) override {
    held_ = Durable(state);
    return {};
  }

  // The next Commit fails with this, and nothing of it is kept.
  void FailNext(Error error) { failure_ = std::move(error); }
  // What a restart finds: the state of the last commit that succeeded.
  const State& held() const { return held_; }

  std::vector<Recorded> commits;

 private:
  State held_;
  std::optional<Error> failure_;
  bool reserve_ = true;
};

}  // namespace kedge::fakes
