// The moments in which somebody may want a job called off. Each brings one up, lets the door be used, and
// sees how it ended.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "doors/door.h"

namespace kedge::doors {

// "nothing-running", "step-running", "uninterruptible-step", "rolling-back", "finished", "unknown-job",
// "stale-version".
const std::vector<std::string>& SituationNames();

struct Outcome {
  std::string answer;  // "accepted", or the refusal's code
  std::string
      end;  // "FAILED, safe, step let end"; at OCI with its own state in front: "CANCELED/FAILED, ..."
  bool operator==(const Outcome&) const = default;
};
inline std::string ToString(const Outcome& outcome) { return outcome.answer + ": " + outcome.end; }

// `name`: for the job; not used before in this rig. Leaves the device idle. Throws when something else is not
// as it has to be: what was protected is not as before, or the step was ended too early.
Outcome Try(Rig& rig, Door& door, const std::string& situation, bool force, const std::string& name);

}  // namespace kedge::doors
