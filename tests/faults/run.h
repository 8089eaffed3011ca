// One run: a story on a fresh device, one life of kedged in which something goes wrong, then one in which
// nothing does; both ends answered in this process.
//
// The first life lasts until it comes to rest, dies, or is silent for a while (a journal that cannot be
// written makes it wait); what still lives is killed. The second must come to rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faults/bench.h"
#include "faults/oracle.h"
#include "faults/story.h"

namespace kedge::faults {

struct Circumstances {
  std::optional<Plan> plan = {};
  bool power_cut =
      false;  // when kedged is killed all of the job's processes go too, and the next boot is another
  bool counted = false;  // instead of a plan
  bool counted_guards = false;
};

struct Report {
  Findings findings;
  bool reached = false;   // the fault came about
  bool died = false;      // the first life ended by the fault
  bool hushed = false;    // the first life fell silent and was killed by us
  std::string logs;       // both lives, when something is wrong
  std::string first_log;  // of the first life
};

Report Perform(Bench& bench, const Story& story, const Circumstances& circumstances);

}  // namespace kedge::faults
