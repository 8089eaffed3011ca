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
  setup              connect this device: asks, tries the connection, configures, starts
  status             what runs now, and what a cancel would undo
  history            the jobs of this device, newest first
  show JOB           one job: its timeline, its output, why it ended
  cancel JOB         call a job off: stop it and undo what it did
  rollback --retry   try again to undo a job that could not be undone
  clear              lift the quarantine, and forget what was kept to undo
  reload             have kedged read its configuration again
  wait recovered|idle
                     return when nothing interrupted is left to undo, or no job is there
  import-config FILE make a kedge.yaml from the configuration of AWS's Device Client
  handler-test FOLDER
                     for authors: does a handler keep its contract?

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

constexpr char kReload[] = R"(Have kedged read its configuration again. Needs root.

Usage: kedge reload

Prints what was taken over; or why nothing was: a mistake in the file, with line and column, or a key that only a restart
can change (thing, paths, ...). While a job runs, the new configuration waits until it is over. `systemctl reload kedged`
does the same.
)";
constexpr char kReloadExamples[] = R"(
Examples:
  kedged --check-config && sudo kedge reload
)";

constexpr char kWait[] = R"(Return when the device is where a script needs it.

Usage: kedge wait recovered|idle [--timeout SECONDS]

  recovered          whatever a crash, a power cut or a restart of the agent interrupted is done, or undone and verified.
                     Needs no network. The unit kedge-recovered.target stands for it at boot
  idle               moreover no job is there
  --timeout SECONDS  for so long at most (default: for ever). Also until kedged runs

Exit status: 0 it is so; 1 it is not, or the device is in quarantine: `kedge status` says why; 2 wrong use.
)";
constexpr char kWaitExamples[] = R"(
Examples:
  kedge wait recovered && start-the-application
  kedge wait idle --timeout 600
)";

constexpr char kSetupText[] = R"(Connect this device to its Jobs service. Needs root.

Usage: kedge setup [OPTIONS]

Asks at the terminal for what the options and the present configuration do not say. Then tries, as the user that
kedge-link runs as: the files, the address, TCP, TLS, MQTT, every subscription, the first query and its answer, and says
of each whether it works, and if not, what to do. Only when all of it works, the configuration is written, the files are
copied beside it with the right owner and mode (what was there is kept as FILE.bak), and the services are started. A
running kedge-link pauses during the trial.

  --thing NAME       this device's thing in AWS IoT
  --endpoint HOST    of the broker: aws iot describe-endpoint --endpoint-type iot:Data-ATS
  --port N           8883 (default), or 443 through a firewall
  --client-id ID     (default: the thing's name)
  --cert FILE        the certificate, PEM
  --key FILE         its private key, PEM; or a key in a TPM, see /usr/share/doc/kedge/TPM.md
  --ca FILE          what the broker's certificate is checked against (default for AWS: Amazon's roots in /etc/ssl/certs)
  --in-place         use the three files where they are, as they are
  --check            only try, and change nothing
  --no-start         configure, and start nothing
  -y, --yes          yes to every question; keep what the configuration says already
  -f, --force        moreover, restart the agent although a job is in progress: the job is undone or goes on as after
                     any restart
  --json             print JSON at the end; ask nothing
  --config FILE      another configuration than /etc/kedge/kedge.yaml, for the bench: nothing is started
  --user NAME        that kedge-link runs as (default: kedge)
  --kedge-link FILE  the program that tries the connection (default: /usr/sbin/kedge-link)
  -h, --help         print this

Examples:
  sudo kedge setup
  sudo kedge setup --thing pi-1 --endpoint abc-ats.iot.eu-central-1.amazonaws.com --cert pi-1.pem.crt --key pi-1.pem.key
  sudo kedge setup --check

Exit status: 0 done; 1 not, and nothing was changed unless it says otherwise; 2 wrong use.
)";

constexpr char kImport[] = R"(Make a kedge.yaml from the JSON configuration of AWS's IoT Device Client.

Usage: kedge import-config FILE [--output kedge.yaml]

  -o, --output FILE  write there; a file that exists is never overwritten (default: stdout)
  -h, --help         print this

FILE is ~/.aws-iot-device-client/aws-iot-device-client.conf of the user that the Device Client runs as. Run this on the
device, as that user or as root: the files that it names are looked at, for Kedge may not be allowed to use them where
they are. On stderr stands what has to be done first, and what has no equivalent, with what to do instead. Nothing but
the output is written.

Examples:
  sudo kedge import-config /root/.aws-iot-device-client/aws-iot-device-client.conf -o /etc/kedge/kedge.yaml

Exit status: 0 done, 1 not done (each mistake is named), 2 wrong use.
)";

constexpr char kHandlerTest[] =
    R"(Find out whether a handler keeps the contract of handlers/PROTOCOL.md.

Usage: kedge handler-test FOLDER [OPTIONS] [-- ARG...]

The handler (a folder, or a single file) is really run with the ARGs, verified, cancelled, killed at random moments
and rolled back, many times, as kedged would do it, and also with its arguments replaced by odd ones. For its author,
on a machine that is meant for that: what a handler does not undo stays done. Needs no running kedged, no
configuration and no network. Run it as the user that kedged runs as, which is root.

What the handler's own verify says is not believed: name what run changes with --watch or --probe. Without them most
cases end as `not shown`.

  --watch PATH       compare PATH, and all beneath, before and after: content, metadata, what there is. Repeatable
  --probe COMMAND    its output on stdout has to be the same before and after; words with a comma between them, as
                     in a runCommand. Repeatable
  --failing ARGS     arguments, a comma between them, with which run has to fail
  --rounds N         random moments of each kind (default: 20)
  --seed S           take the same moments again; they are parts of the time that a run takes
  --user NAME        run the handler as NAME (the step's runAsUser)
  --guards FOLDER    where the guards are (default: /usr/lib/kedge/guards)
  --limit SECONDS    for one run (default: 600)
  --grace SECONDS    between TERM and KILL of a cancel (default: 2)
  --config FILE      take search path, limits and containment from this configuration (default: none is read)
  --keep             keep the folders of all calls, and tell where they are
  --json             print JSON instead of text
  -h, --help         print this

Each case is a line: `ok`; `BROKEN`, with what was seen and what the contract says; `not shown`, with the reason, for
what could not be exercised; `note`, for what the contract does not ask for.

Examples:
  sudo kedge handler-test ./set-colour --watch /etc/app.conf -- blue
  sudo kedge handler-test ./stop-app --probe systemctl,show,app.service,-p,ActiveState --rounds 50 --seed 7
  sudo kedge handler-test /usr/lib/kedge/handlers/download-file --watch /srv -- file:///etc/hostname /srv/name

Exit status: 0 kept, as far as shown; 1 broken; 2 wrong call, or nothing could be tested.
)";

}  // namespace

std::string HelpFor(const std::string& verb) {
  if (verb == "status") return std::string(kStatus) + kCommon + kStatusExamples;
  if (verb == "history") return std::string(kHistory) + kCommon + kHistoryExamples;
  if (verb == "show") return std::string(kShow) + kCommon + kShowExamples;
  if (verb == "cancel") return std::string(kCancel) + kCommon + kCancelExamples;
  if (verb == "rollback") return std::string(kRollback) + kCommon + kRollbackExamples;
  if (verb == "reload") return std::string(kReload) + kCommon + kReloadExamples;
  if (verb == "wait") return std::string(kWait) + kCommon + kWaitExamples;
  if (verb == "handler-test") return kHandlerTest;
  if (verb == "clear") return std::string(kClear) + kCommon + kClearExamples;
  if (verb == "import-config") return kImport;
  if (verb == "setup") return kSetupText;
  return kCommand;
}

}  // namespace kedge::op
