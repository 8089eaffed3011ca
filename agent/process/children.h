// Children: start a step clean, contain it, drain it, end all of it, and tell truly how it ended.
//
// The only user of fork, exec, wait, kill and cgroups. Never logs, never decides. What survives a crash of
// the agent: the children themselves; StopLeftovers finds and ends them by their task name.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/ending.h"
#include "core/result.h"

namespace kedge::process {

// Names one child for good, over restarts of the agent too: [a-z0-9-]{1,63}, made by the caller from its task
// number. It names the cgroup and marks the environment (KEDGE_TASK=<name>) of all that the task starts.
using TaskName = std::string;

struct ChildSpec {
  TaskName name;
  // The program: an absolute path, or a bare name that is looked up in the PATH given in `env`.
  // `argv` is passed as it is (argv[0] included) and never through a shell.
  std::string program;
  std::vector<std::string> argv;
  // A handler must lie beneath one of these folders (symbolic links and ".." refused), be a regular file,
  // owned by root or the agent's user, not writable by group or others; checked on the descriptor that is
  // executed. Empty: `program` is taken as it is (a runCommand).
  std::vector<std::string> trusted_folders;
  std::string user;  // empty: the agent's own. Unknown user: CouldNotStart, never "run anyway"
  std::map<std::string, std::string> env;  // the whole environment, KEDGE_TASK is added
  std::string working_folder;              // made by the caller, exists
  std::chrono::milliseconds limit{
      3600000};  // runs at most this long, then it is ended and the ending is TimedOut
  std::chrono::milliseconds grace{10000};  // between TERM (and CONT) and KILL when the limit is reached
  size_t keep_bytes = 65536;               // head and tail kept of each stream, together; the rest is counted
};

class Children {
 public:
  // Called on the loop, exactly once for each Start and StopLeftovers, and only when nothing that the task
  // started is alive any more and both its pipes are drained (a process that survives KILL, in
  // uninterruptible sleep, delays it).
  using Ended = std::function<void(const TaskName&, const Ending&, const Output&)>;

  virtual ~Children() = default;
  // Errors are not returned: a child that could not start ends with CouldNotStart (never inside this call).
  virtual void Start(const ChildSpec& spec) = 0;
  // Begins to end the task: TERM and CONT to all of it, KILL after `grace` (0: KILL at once) until nothing is
  // left. Again with a shorter grace: the shorter one counts. Unknown or ended task: does nothing.
  virtual void Stop(const TaskName& name, std::chrono::milliseconds grace) = 0;
  // After a restart of the agent: ends whatever an earlier life of the agent started as `name`, then calls
  // back with Interrupted. Safe to call when nothing is left.
  virtual void StopLeftovers(const TaskName& name) = 0;
  // After a restart, before anything is started: StopLeftovers of every task that left a trace on this
  // machine and whose name ends in `ending`, also of those that no journal knows. Gives their names, calls
  // back for each.
  virtual std::set<TaskName> StopStrays(const std::string& ending) = 0;
};

// How well this machine lets us contain a task: for status and log, said aloud.
struct Containment {
  bool cgroup = false;        // own cgroup v2 for each task, ended with cgroup.kill
  std::string cgroup_folder;  // beneath which task cgroups are made
  std::string explanation;    // one sentence for people, always set
};

}  // namespace kedge::process
