#include "local/told_journal.h"

namespace kedge::local {

Result<void> ToldJournal::Commit(const State& before, const State& after,
                                 const std::vector<HistoryEntry>& history) {
  auto done = journal_.Commit(before, after, history);
  if (!done) return done;
  for (const HistoryEntry& entry : history) tell_(entry);
  return done;
}

}  // namespace kedge::local
