// Is the device where it has to be? Pure: facts in, a sentence out. The rules are the design's I1 and I4.
#pragma once

#include <string>

#include "board/cuts/work.h"

namespace kedge::board {

// What the device says of a job, and what its files say.
struct Facts {
  bool recovering = false;   // `kedge status`
  bool quarantined = false;  // likewise
  std::string
      status;  // `kedge show`: a phase's word while it is current, else how it ended; "": never heard of
  std::string verdict;  // likewise; "": none
  bool closed = false;  // likewise
  Files files = Files::kNeither;
  std::string begun;  // device/step's notes, a step's number a line
};

// Without the network: the device has decided, and is as it decided. "": yes; else what is wrong.
std::string JudgeAlone(const Facts& facts);
// Before any recovery, straight after the cut: what must already be true of the disk. "" as above. What is
// half done is no complaint here; what comes of it is JudgeAlone's business.
std::string JudgeDisk(const Facts& facts);
// At rest, the network there: device and service agree. `service`: the execution's status there.
std::string JudgeTogether(const Facts& facts, const std::string& service);

// For tables: "done", "undone", "never begun", "done, not yet told", "undone, not yet told".
std::string Outcome(const Facts& facts);

}  // namespace kedge::board
