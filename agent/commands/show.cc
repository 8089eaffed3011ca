#include <string>
#include <vector>

#include "commands/device.h"
#include "commands/past.h"
#include "commands/verbs.h"
#include "operator/history_report.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] =
    R"(Show one job: how it ended and why, its timeline, the end of what its steps printed. Needs root.

Usage: kedge show JOB[#EXECUTION] [--json]

Without a number, the newest execution of the job. --json has the whole output that was kept; so has `kedge logs`.

Examples:
  sudo kedge show firmware-42
  sudo kedge show firmware-42#1 --json
)";

std::string Others(const std::vector<PastExecution>& others, const op::Look& look) {
  std::string names;
  for (const auto& past : others) {
    names += (names.empty() ? "" : ", ") + past.id.job.value + "#" + std::to_string(past.id.number);
  }
  if (names.empty()) return "";
  std::string text = "\n";
  for (const std::string& line : op::Wrap("Other executions of this job: " + names, look.width))
    text += line + "\n";
  return text;
}

int Show(const Device& device, const op::JobName& name) {
  const auto found = FindWhole(device, name);
  if (!found) return Fail(found.error().message);
  device.SayIfNotRunning();
  if (device.json()) return Print(op::ShowJson(found->execution, found->entries));
  return Print(op::ShowText(found->execution, found->entries, device.look()) +
               Others(found->others, device.look()));
}

}  // namespace

Verb ShowVerb() {
  return {.name = "show",
          .usage = "JOB",
          .summary = "one job: its timeline, its output, why it ended",
          .help = kHelp,
          .least_operands = 1,
          .most_operands = 1,
          .which = "which job (kedge history tells the names)?",
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            const auto name = ReadJobName(arguments, "show");
            if (!name) return Unexpected(name.error());
            return Run([name = *name](const Context& context) {
              return With(context, [&](const Device& device) { return Show(device, name); });
            });
          }};
}

}  // namespace kedge::commands
