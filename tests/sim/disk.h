// Where the journal lies. The plain simulation keeps the committed State as a value; random seeds put the
// real SQLite journal beneath, on files that a crash copies (sqlite_disk.h).
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/state.h"

namespace kedge::sim {

// A commit that was under way when the machine died.
struct TornCommit {
  State before;
  State after;
  std::vector<HistoryEntry> history;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<void> Commit(const State& before, const State& after,
                              const std::vector<HistoryEntry>& history) = 0;
  // The machine dies, in the middle of `torn` unless nullptr; what is left is opened again and read.
  virtual Result<State> Reopen(const TornCommit* torn) = 0;
};

}  // namespace kedge::sim
