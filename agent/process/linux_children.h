// The real Children: processes of this Linux machine. What keeps a task together is found out once, at the
// start.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "process/children.h"
#include "sys/event_loop.h"

namespace kedge::process {

struct ContainmentConfig {
  bool use_cgroups = true;  // false: the weaker containment even where the better one works
  std::string
      cgroup_folder;  // beneath which the tasks' groups are made; empty: beneath the agent's own group
};

struct MadeChildren {
  std::unique_ptr<Children> children;
  Containment containment;
};

// `loop` outlives the children. `ended`: see Children::Ended; it may call the children, but not destroy them.
// Control groups that cannot be had are no error: `containment` says why, and the weaker way is taken.
// The error is a kernel too old to hold a process safely at all (before Linux 5.4).
//
// Destroying the children ends what is still alive with KILL, without waiting and without calling `ended`: a
// caller that wants the truth stops each task first.
Result<MadeChildren> MakeChildren(sys::EventLoop& loop, const ContainmentConfig& config,
                                  Children::Ended ended);

}  // namespace kedge::process
