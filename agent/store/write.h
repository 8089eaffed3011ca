// Writes the difference between two states into the tables, inside a transaction of the caller's. Private to
// store/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/state.h"
#include "store/journal.h"
#include "store/rows.h"
#include "store/sqlite.h"

namespace kedge::store {

class StateWriter {
 public:
  // `before` is what the tables hold.
  StateWriter(Connection& db, const JournalOptions& options, const State& before, const State& after)
      : db_(db), options_(options), before_(before), after_(after) {}

  // False: the connection failed() or, if it did not, the tables do not hold `before`.
  bool Write(const std::vector<HistoryEntry>& history);

 private:
  // An execution with rows in `current`, `document` and `step`: slot 1 is the current one, the others are
  // stranded.
  struct Slot {
    int64_t slot = 0;
    int64_t seq = 0;  // row of `execution`
  };

  bool FindSlots();
  bool WriteMeta();
  bool WriteQuarantine();
  bool OpenCurrent();
  bool WriteStranded();
  bool WriteLedger();
  bool WriteHistory(const std::vector<HistoryEntry>& history);
  bool WriteCurrent();
  bool Prune();

  bool SameCurrent() const;
  bool Empty(int64_t slot);
  bool StoreSlot(Slot at, const Execution* was, const Execution& now);
  bool WriteSteps(int64_t slot, const std::vector<StepRecord>& before, const std::vector<StepRecord>& after);
  bool AddEntry(int64_t seq, const HistoryEntry& entry);
  int64_t SeqOf(const ExecutionId& id);
  int64_t AddExecution(const ExecutionId& id, int64_t offered_wall, const std::string& document);
  int64_t FindRecent(const ExecutionId& id);
  bool StoreClosed(int64_t seq, const Closed& closed);

  Connection& db_;
  const JournalOptions& options_;
  const State& before_;
  const State& after_;
  int64_t digest_ = 0;          // of `after_`
  int64_t stored_digest_ = 0;   // as the tables have it
  int64_t before_seq_ = 0;      // row of before's current execution; 0: none
  int64_t after_seq_ = 0;       // likewise after's
  std::vector<Slot> stranded_;  // of before's, in their order
  bool closed_ = false;         // something was added to the ledger
};

}  // namespace kedge::store
