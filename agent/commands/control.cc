// The verbs that ask the running agent for something: rollback, clear, reload.
#include <string>

#include "commands/device.h"
#include "commands/verbs.h"

namespace kedge::commands {
namespace {

constexpr char kClearHelp[] = R"(Lift the quarantine: let the device take jobs again. Needs root.

Usage: kedge clear

A device is in quarantine when a job could not be undone, or its journal failed. `kedge status` says why; look at the
device first. What was kept to undo the job goes: `kedge rollback --retry` is not possible any more.

Examples:
  sudo kedge clear
)";

constexpr char kRollbackHelp[] = R"(Try again to undo a job that could not be undone. Needs root.

Usage: kedge rollback --retry

  --retry  what is undone by hand is what has failed to be; a job that runs is called off by `kedge cancel`

For a device in quarantine, once what was in the way has been put right (a full disk, a program that was missing).
What is undone already is left alone. The newest such job comes first; `kedge status` tells how it went. When nothing
is left to undo, the quarantine ends.

Examples:
  sudo kedge rollback --retry && kedge status
)";

constexpr char kReloadHelp[] = R"(Have kedged read its configuration again. Needs root.

Usage: kedge reload

Prints what was taken over; or why nothing was: a mistake in the file, with line and column, or a key that only a restart
can change (thing, paths, ...). While a job runs, the new configuration waits until it is over. `systemctl reload kedged`
does the same.

Examples:
  kedged --check-config && sudo kedge reload
)";

template <typename Question>
Run Asking(Question question) {
  return [question](const Context& context) {
    return With(context, [&](const Device& device) { return Ask(device, question); });
  };
}

Result<Run> PrepareRollback(const Arguments& arguments) {
  if (arguments.Has("--retry")) return Asking([](op::AgentClient& agent) { return agent.Rollback(); });
  return Unexpected{ErrorKind::kInvalid,
                    "only what could not be undone is tried again; type: kedge rollback --retry (a job that "
                    "runs: kedge cancel JOB)"};
}

}  // namespace

Verb RollbackVerb() {
  return {.name = "rollback",
          .usage = "--retry",
          .summary = "try again to undo a job that could not be undone",
          .help = kRollbackHelp,
          .options = {{"--retry"}},
          .prepare = PrepareRollback};
}

Verb ClearVerb() {
  return {.name = "clear",
          .usage = "",
          .summary = "lift the quarantine, and forget what was kept to undo",
          .help = kClearHelp,
          .prepare = [](const Arguments&) -> Result<Run> {
            return Asking([](op::AgentClient& agent) { return agent.Clear(); });
          }};
}

Verb ReloadVerb() {
  return {.name = "reload",
          .usage = "",
          .summary = "have kedged read its configuration again",
          .help = kReloadHelp,
          .prepare = [](const Arguments&) -> Result<Run> {
            return Asking([](op::AgentClient& agent) { return agent.Reload(); });
          }};
}

}  // namespace kedge::commands
