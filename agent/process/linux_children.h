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
  // Beneath which the tasks' groups are made; empty: beneath the agent's own group.
  std::string cgroup_folder;
  // Where all output of all tasks goes too; empty: nowhere.
  std::string output_file;
  size_t output_file_bytes = 10 << 20;  // then it is renamed to FILE.1
  size_t output_files = 3;              // older ones that are kept
};

struct MadeChildren {
  std::unique_ptr<Children> children;
  Containment containment;
};

// `loop` outlives the children. The listeners may call the children, but not destroy them; an empty one is
// not called. Control groups that cannot be had are no error: `containment` says why, and the weaker way is
// taken. The error: a kernel too old to hold a process safely at all (before Linux 5.4), or an output file
// that cannot be opened.
//
// Destroying the children ends what is still alive with KILL, without waiting and without telling: a caller
// that wants the truth stops each task first.
Result<MadeChildren> MakeChildren(sys::EventLoop& loop, const ContainmentConfig& config, Listeners listeners);

}  // namespace kedge::process
