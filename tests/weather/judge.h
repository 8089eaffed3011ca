// Kedge's invariants, judged from drydock's history, its last word on each execution and the device's files.
// Nothing here is asked of the agent. PURE. Each violation is a sentence that begins with the invariant.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sighting.h"

namespace kedge::weather {

// The last word on a job.
struct JobFacts {
  std::string id;
  std::string status;             // at the service; "" when the execution was deleted
  std::vector<std::string> ends;  // the statuses that the plan allows
  std::size_t runs1 = 0;          // starts of step 1, of step 2
  std::size_t runs2 = 0;
  std::string difference;  // of the device from before the job; "": none
  std::string missing;     // of what a job does that succeeds; "": nothing
  std::vector<Sighting> sightings;
};

using Violations = std::vector<std::string>;

// I3 and I5: an execution ends once, and nothing is accepted for it afterwards; versions rise by one; one
// execution is in progress at a time; the device does not claim SUCCEEDED after it claimed another end.
Violations JudgeHistory(const std::vector<nlohmann::json>& history);

// I1, I4, and I3 from what the first steps saw of the other jobs.
Violations JudgeDevice(const std::vector<JobFacts>& jobs, const std::vector<nlohmann::json>& history);

}  // namespace kedge::weather
