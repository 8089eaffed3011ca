// What an agent holds at a moment: counted by the kernel's own books, not by the agent's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/rig.h"

namespace kedge::soak {

enum class Bound {
  kExact,    // the same number again
  kAtMost,   // not more than before
  kMemory,   // bytes; see MemoryBound
  kJournal,  // bytes; see kJournalBound
  kShown,    // only printed: other processes have a part in it
};

struct Count {
  std::string what;
  Bound bound = Bound::kExact;
  int64_t value = 0;
};

// All of kedged and kedge-link, and of the rig's folders that are theirs; always in the same order. Throws
// when one of them does not run. To be taken when the device is idle.
std::vector<Count> TakeCensus(rig::Rig& rig);

// What `jobs` more jobs may add to a process's memory: 100 bytes each, and never less than the allocator
// needs to breathe.
int64_t MemoryBound(int jobs);

// What the journal and its log may grow by when the history has reached its retention. Without retention some
// 1,100 jobs would exceed it.
inline constexpr int64_t kJournalBound = 1 << 20;

// The sentence about a count that is above its bound after `jobs` more jobs; "" when it is not.
std::string Excess(const Count& before, const Count& after, int jobs);

}  // namespace kedge::soak
