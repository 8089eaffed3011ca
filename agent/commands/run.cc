#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "commands/device.h"
#include "commands/plan.h"
#include "commands/verbs.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] =
    R"(Run a job document on this device without the service, through the same life as any job. Needs root.

Usage: kedge run FILE [--dry-run] [--json]

  FILE             the job document, JSON; -: from stdin
  --dry-run        run nothing; print what `kedge check FILE` prints: the steps, what is protected, what could be undone

The same checks, snapshots, journal, limits and verdict; what happens is printed while it happens, and what the steps
print. When it fails or is called off, everything is undone and verified. Ctrl-C calls it off after the running step, a
second Ctrl-C at once. From another terminal `kedge status`, `watch`, `cancel` and `logs` work as always.

Not while kedged runs (systemctl stop kedged), for it holds the journal, nor while a job of the service is unfinished, nor
in quarantine. A run that is killed or loses power is undone by the next start of kedged, or by the next `kedge run`.
There is no service to ask: ${aws:iot:...} stays as it is, onNoConnection finds any connection good, and a step that wants
a reboot (exit status 194) fails, for nothing would go on with the job afterwards. Without a configuration file the
defaults count. With --json, one object a line; the last one has "event": "run-ended".

Examples:
  sudo kedge run update.json --dry-run
  sudo kedge run update.json && echo done
  kedge run update.json --config bench.yaml

Exit status: 0 done; 1 not done, and the device is as before; 2 wrong use; 3 not done, and that is not proven.
)";

// kedged lies beside this program, or in the folder for root's programs beside its folder.
std::string FindKedged() {
  std::string self(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", self.data(), self.size());
  self.resize(size < 0 ? 0 : static_cast<size_t>(size));
  const std::string folder = self.substr(0, self.rfind('/'));
  for (const std::string place : {"/kedged", "/../sbin/kedged"}) {
    if (access((folder + place).c_str(), X_OK) == 0) return folder + place;
  }
  return "/usr/sbin/kedged";
}

// This process becomes kedged, which is what the terminal's signals and the exit status are about.
int BecomeKedged(const Context& context, const std::string& file) {
  const std::string program = FindKedged();
  std::vector<std::string> words = {program, "--run", file};
  if (!context.config.empty()) words.insert(words.end(), {"--config", context.config});
  if (context.json) words.emplace_back("--json");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  return Fail("cannot start " + program + ": " + std::strerror(errno));
}

}  // namespace

Verb RunVerb() {
  return {.name = "run",
          .usage = "FILE",
          .summary = "run a job document here and now, without the service",
          .help = kHelp,
          .options = {{"--dry-run"}},
          .least_operands = 1,
          .most_operands = 1,
          .which = "which job document?",
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            return Run([file = arguments.operands().front(),
                        dry = arguments.Has("--dry-run")](const Context& context) {
              if (!dry) return BecomeKedged(context, file);
              return With(context, [&](const Device& device) { return PrintPlan(device, file); });
            });
          }};
}

}  // namespace kedge::commands
