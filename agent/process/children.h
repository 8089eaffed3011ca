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
#include <string_view>
#include <utility>
#include <vector>

#include "core/ending.h"
#include "core/result.h"

namespace kedge::process {

// Names one child for good, over restarts of the agent too: [a-z0-9-]{1,63}, made by the caller from its task
// number. It names the cgroup and marks the environment (KEDGE_TASK=<name>) of all that the task starts.
using TaskName = std::string;

// What a task may take, all of it together. 0: no limit, or the kernel's own default. What this machine has
// no controller for is not held: Containment says which.
struct Limits {
  int64_t memory = 0;  // bytes; swap is not given beside it
  int64_t tasks = 0;   // processes and threads at once
  int cpu_weight = 0;  // 1 to 10000, 100 is what everybody has
  int io_weight = 0;   // likewise
  int64_t output = 0;  // bytes that it may write to both streams; more ends it. Needs no controller
};

// What to do with processes that the main one left running when it exited with status 0.
enum class Leftovers {
  kEnd,   // end them; the task is over then
  kKeep,  // the task is over without them; EndKept, or an end of the agent, ends them
};

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
  // Where a script that was checked is copied to and executed from (see staged.h): a folder of the caller's,
  // which nobody else may write. Needed with trusted_folders.
  std::string stage_folder;
  std::string user;  // empty: the agent's own. Unknown user: CouldNotStart, never "run anyway"
  std::map<std::string, std::string> env;  // the whole environment; KEDGE_TASK and KEDGE_STATUS_FD are added
  std::string working_folder;              // made by the caller, exists
  std::chrono::milliseconds limit{3600000};  // runs at most this long, then it is ended: TimedOut
  LimitOf whose_limit = LimitOf::kStep;
  std::chrono::milliseconds grace{
      10000};  // between TERM (and CONT) and KILL when a limit is reached; 0: at once
  Limits limits;
  Leftovers leftovers = Leftovers::kEnd;
  size_t keep_bytes = 65536;  // head and tail kept of each stream, together; the rest is counted
  std::string heading;        // what the file of all output says in front of this task's
};

// What a task told on its status descriptor: the newest value of each key, as it was written.
using Told = std::map<std::string, std::string>;

class Children {
 public:
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

// What children tell. On the loop, never from inside a call to them.
struct Listeners {
  // Once for each Start and StopLeftovers, and only when nothing that the task started is alive any more and
  // its pipes are drained. Of a task that keeps something twice: when its main process is over (Usage::kept),
  // and with Interrupted when what it kept is.
  std::function<void(const TaskName&, const Ending&, const Output&, const Usage&, const Told&)> ended;
  // What the task has told since the last time. At most 5 times a second; what came last comes with `ended`.
  std::function<void(const TaskName&, const Told&)> told;
  // Something of the task outlives KILL, as in uninterruptible sleep: who, where. Again when that changes.
  std::function<void(const TaskName&, const std::string& who)> survives;
  // What the task has written, as it is read; a bounded part at a time. Not of what it keeps.
  std::function<void(const TaskName&, bool is_stderr, std::string_view)> printed{};
};

// How well this machine lets us contain a task: for status and log, said aloud.
struct Containment {
  bool cgroup = false;        // own cgroup v2 for each task, ended with cgroup.kill
  std::string cgroup_folder;  // beneath which task cgroups are made
  std::string explanation;    // one sentence for people, always set
  // What is not held here and why, a sentence each: "memory limits are not held: ...". Empty: all of Limits
  // is.
  std::vector<std::string> lacks;
};

}  // namespace kedge::process
