#include "commands/device.h"
#include "commands/verbs.h"
#include "operator/status_report.h"
#include "sys/clock.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Show what the agent does now, and what a cancel would undo.

Usage: kedge status [--json]

When kedged does not run, what its journal says is shown instead (as root).

Examples:
  kedge status
  kedge status --json | jq -r .state
)";

int Status(const Device& device) {
  const auto status = device.Status();
  if (!status) return Fail(status.error().message);
  if (device.json()) return Print(op::PrettyJson(*status) + "\n");
  const auto text = op::StatusText(*status, device.look(), sys::WallMillis());
  return text ? Print(*text) : Fail(text.error().message);
}

}  // namespace

Verb StatusVerb() {
  return {.name = "status",
          .usage = "",
          .summary = "what runs now, and what a cancel would undo",
          .help = kHelp,
          .prepare = [](const Arguments&) -> Result<Run> {
            return Run([](const Context& context) { return With(context, Status); });
          }};
}

}  // namespace kedge::commands
