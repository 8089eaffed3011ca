// The verbs that read their words for themselves.
#include <string>
#include <vector>

#include "commands/device.h"
#include "commands/verbs.h"
#include "conform/handler_test.h"
#include "doctor/doctor.h"
#include "operator/refit.h"
#include "setup/setup.h"

namespace kedge::commands {
namespace {

constexpr char kSetupHelp[] = R"(Connect this device to its Jobs service. Needs root.

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

constexpr char kHandlerTestHelp[] =
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

void Say(const std::string& text) { Fail(text); }

// In the terminal's width; JSON stays as it is.
void PrintLines(const std::string& text) {
  Print(text.starts_with('{') ? text : op::WrapLines(text, LookOfTerminal().width));
}

}  // namespace

Verb SetupVerb() {
  return {.name = "setup",
          .usage = "",
          .summary = "connect this device: asks, tries the connection, configures, starts",
          .help = kSetupHelp,
          .with_words = [](const std::vector<std::string>& words) {
            return setup::Setup(words, {PrintLines, Say, StatusOfAgent});
          }};
}

Verb DoctorVerb() {
  return {.name = "doctor",
          .usage = "",
          .summary = "is all well with this device, and if not, what to do?",
          .help = doctor::kHelp,
          .options = {{"--only", "ID,..."},
                      {"--offline"},
                      {"--quiet", "", 'q'},
                      {"--timeout", "SECONDS"},
                      {"--client-id", "ID"},
                      {"--kedged", "PROGRAM"},
                      {"--kedge-link", "PROGRAM"}},
          .with_words = [](const std::vector<std::string>& words) {
            bool is_written = true;
            const auto out = [&is_written](const std::string& text) {
              is_written = is_written && Print(text) == kDone;
            };
            const int status = doctor::Doctor(
                words, {.out = out, .err = Say, .status = StatusOfAgent, .look = LookOfTerminal()});
            return is_written ? status : kFailed;
          }};
}

Verb HandlerTestVerb() {
  return {.name = "handler-test",
          .usage = "FOLDER",
          .summary = "for authors: does a handler keep its contract?",
          .help = kHandlerTestHelp,
          .with_words = [](const std::vector<std::string>& words) {
            return conform::HandlerTest(words, PrintLines, Say);
          }};
}

}  // namespace kedge::commands
