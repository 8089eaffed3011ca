// What a task of core means as a child process: program, arguments, user, environment, folders. The contract
// is handlers/PROTOCOL.md.
//
// Folders, beneath <state>/undo/<execution>/ (a hash: job ids never become file names):
//   <step>        KEDGE_STATE_DIR of the step's handler, owned by the step's user
//   <step>.work   the working folder of whatever runs, owned likewise
//   <step>.GUARD  KEDGE_STATE_DIR of a guard, owned by the agent's user
#pragma once

#include <optional>
#include <string>

#include "config.h"
#include "core/state.h"
#include "process/children.h"
#include "process/resolve.h"

namespace kedge {

// Where everything that may undo `id` is kept until the execution is closed.
std::string UndoFolder(const Config& config, const ExecutionId& id);

// "task-17-5f1c…": the name of a task for good, and not that of another agent's 17th task (at the bench, or
// in a container whose processes are seen from outside).
process::TaskName NameOf(const Config& config, int64_t task);
// What the names of all tasks of this agent end in, whatever their numbers.
std::string TaskSuffix(const Config& config);
// The other way; 0 when it is none.
int64_t TaskOf(const process::TaskName& name);

// Where the configuration has handlers be.
process::HandlerFolders HandlerFoldersOf(const Config& config);

// Whom Kedge itself runs a verb of `handler` as, for a step with this runAsUser; "" is the agent's own user.
// A handler of one file changes user by itself where there is sudo, as AWS's samples do.
std::string HandlerUser(const Config& config, const process::Handler& handler,
                        const std::string& run_as_user);

// Builds the child of `task` and makes its folders (durable when something to undo with will be kept there).
// Errors: whatever was found when the job was admitted and is gone now.
Result<process::ChildSpec> SpecFor(const Config& config, const Execution& execution, const Task& task,
                                   std::chrono::milliseconds limit, LimitOf whose);

// Brings what the task has written to this machine's own disks. Absent: there is nothing to bring it to.
std::optional<process::ChildSpec> SyncSpecFor(const Config& config, int64_t task);
// Whether the name is of such a child.
bool IsSync(const process::TaskName& name);

}  // namespace kedge
