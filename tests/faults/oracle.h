// The judge: what became of it, told from the service's record, the device's files and /proc. Of what the
// agent says only two things count: that a device is in quarantine (its state topic), which is how a failure
// is said aloud, and why it ended (its stderr).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faults/bench.h"
#include "faults/cloud.h"

namespace kedge::faults {

// One life of kedged, looked back upon.
struct Death {
  std::optional<int> status;  // as rig::Program tells it; none: it lived until the run ended it
  std::string log;
};

struct Findings {
  std::string end;                      // the service's word
  bool effects = false;                 // all of the job's effects are on the device
  bool untouched = false;               // the device is as before the job
  bool loud = false;                    // in quarantine, and said so
  std::vector<std::string> violations;  // "I1 agreement: ..."

  bool good() const { return violations.empty(); }
};

// I1, I2, I4: of a device at rest.
Findings JudgeRest(const Bench& bench, Cloud& cloud);
// I6: may this life have ended like this? `plan`: what was to go wrong in it; null: nothing. Nothing to say:
// "".
std::string JudgeDeath(const Death& death, const Plan* plan);

}  // namespace kedge::faults
