// A journal that tells each line of the history once it is on the disk.
#pragma once

#include <functional>

#include "store/journal.h"

namespace kedge::local {

class ToldJournal : public store::Journal {
 public:
  using Tell = std::function<void(const HistoryEntry&)>;
  // `journal` outlives this.
  ToldJournal(store::Journal& journal, Tell tell) : journal_(journal), tell_(std::move(tell)) {}

  Result<State> Load() override { return journal_.Load(); }
  Result<void> Commit(const State& before, const State& after,
                      const std::vector<HistoryEntry>& history) override;
  bool FreeReserve() override { return journal_.FreeReserve(); }
  Result<void> StartAnew(const State& state, const std::string& why) override {
    return journal_.StartAnew(state, why);
  }

 private:
  store::Journal& journal_;
  const Tell tell_;
};

}  // namespace kedge::local
