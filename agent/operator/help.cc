#include "operator/help.h"

namespace kedge::op {
namespace {

constexpr char kCommon[] = R"(
Options:
  --json           print JSON instead of text
  --config FILE    read this configuration (default: /etc/kedge/kedge.yaml)
  -h, --help       print this
)";

constexpr char kCommand[] = R"(Look at the jobs of this device, and call them off.

Usage: kedge COMMAND [OPTIONS]

Commands:
  status             what runs now, and what a cancel would undo
  history            the jobs of this device, newest first
  show JOB           one job: its timeline, its output, why it ended
  cancel JOB         call a job off: stop it and undo what it did
  rollback --retry   try again to undo a job that could not be undone
  clear              lift the quarantine, and forget what was kept to undo

Options:
  --json             print JSON instead of text
  --config FILE      read this configuration (default: /etc/kedge/kedge.yaml)
  --version          print the version
  -h, --help         print this; `kedge COMMAND --help` tells more

Examples:
  kedge status
  kedge show firmware-42
  sudo kedge cancel firmware-42 --reason 'wrong version'

Exit status: 0 done, 1 failed or refused, 2 wrong use.
)";

constexpr char kStatus[] = R"(Show what the agent does now, and what a cancel would undo.

Usage: kedge status [--json]

When kedged does not run, what its journal says is shown instead (as root).
)";
constexpr char kStatusExamples[] = R"(
Examples:
  kedge status
  kedge status --json | jq -r .state
)";

constexpr char kHistory[] = R"(List the jobs of this device, newest first, from the journal. Needs root.

Usage: kedge history [--limit N] [--json]

  -n, --limit N    at most so many (default: 20)
)";
constexpr char kHistoryExamples[] = R"(
Examples:
  sudo kedge history
  sudo kedge history --limit 100 --json | jq -r '.[] | select(.status == "FAILED").jobId'
)";

constexpr char kShow[] =
    R"(Show one job: how it ended and why, its timeline, the end of what its steps printed. Needs root.

Usage: kedge show JOB[#EXECUTION] [--json]

Without a number, the newest execution of the job. --json has the whole output that was kept.
)";
constexpr char kShowExamples[] = R"(
Examples:
  sudo kedge show firmware-42
  sudo kedge show firmware-42#1 --json
)";

constexpr char kCancel[] = R"(Call a job off: it is stopped, and what it did is undone. Needs root.

Usage: kedge cancel JOB [--force] [--reason TEXT]

  -f, --force      stop the running step at once, instead of when it ends
  --reason TEXT    why, for the history and for the service
)";
constexpr char kCancelExamples[] = R"(
Examples:
  sudo kedge cancel firmware-42
  sudo kedge cancel firmware-42 --force --reason 'wrong version'
)";

constexpr char kClear[] = R"(Lift the quarantine: let the device take jobs again. Needs root.

Usage: kedge clear

A device is in quarantine when a job could not be undone, or its journal failed. `kedge status` says why; look at the
device first. What was kept to undo the job goes: `kedge rollback --retry` is not possible any more.
)";
constexpr char kClearExamples[] = R"(
Examples:
  sudo kedge clear
)";

constexpr char kRollback[] = R"(Try again to undo a job that could not be undone. Needs root.

Usage: kedge rollback --retry

For a device in quarantine, once what was in the way has been put right (a full disk, a program that was missing).
What is undone already is left alone. The newest such job comes first; `kedge status` tells how it went. When nothing
is left to undo, the quarantine ends.
)";
constexpr char kRollbackExamples[] = R"(
Examples:
  sudo kedge rollback --retry && kedge status
)";

}  // namespace

std::string HelpFor(const std::string& verb) {
  if (verb == "status") return std::string(kStatus) + kCommon + kStatusExamples;
  if (verb == "history") return std::string(kHistory) + kCommon + kHistoryExamples;
  if (verb == "show") return std::string(kShow) + kCommon + kShowExamples;
  if (verb == "cancel") return std::string(kCancel) + kCommon + kCancelExamples;
  if (verb == "rollback") return std::string(kRollback) + kCommon + kRollbackExamples;
  if (verb == "clear") return std::string(kClear) + kCommon + kClearExamples;
  return kCommand;
}

}  // namespace kedge::op
