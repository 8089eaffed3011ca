// One seed with the real programs: the plan is carried out, then everything is judged.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan.h"

namespace kedge::weather {

struct Outcome {
  std::vector<std::string> violations;
  std::map<std::string, int> counts;  // what happened how often, for the summary
  std::string story;  // the plan, drydock's history, the agent's log; empty without a violation
};

struct Telling {
  std::string keep;     // a folder that gets the files of a violation; empty: none are kept
  bool always = false;  // the story too when there is no violation
};

// Throws std::runtime_error when the programs cannot be brought up.
Outcome Sail(const Plan& plan, const Telling& telling);

}  // namespace kedge::weather
