#include <string>
#include <utility>
#include <variant>

#include "admission.h"
#include "commands/plan.h"
#include "commands/verbs.h"
#include "operator/plan_report.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] =
    R"(Tell whether a job document may run on this device, and what each of its steps would do.

Usage: kedge check FILE [--json]

  FILE             the job document, JSON; -: from stdin

As kedged does when a job is offered: the document is read, and handlers, programs, users and guards that it names are
looked up here. Of each step it is told by which means it can be undone. Nothing is run and nothing changed; the
handlers' and guards' own `check` come when the job is really offered. What only the service fills in, such as
${aws:iot:s3-presigned-url:...}, is named and stays as it is. Run it as root, as kedged runs.

Examples:
  sudo kedge check update.json
  aws iot get-job-document --job-id firmware-42 --query document --output text | sudo kedge check -

Exit status: 0 it may run here, 1 it may not: the reason names the member; 2 wrong use.
)";

Result<std::string> ReadDocument(const std::string& file) {
  // One byte more than a document may have, so that a longer one is refused and not cut.
  return file == "-" ? sys::ReadFile("/dev/stdin", kMaxDocumentBytes + 1)
                     : sys::ReadFile(file, kMaxDocumentBytes + 1);
}

}  // namespace

int PrintPlan(const Device& device, const std::string& file) {
  auto text = ReadDocument(file);
  if (!text) return Fail(text.error().message);
  ServiceExecution offer;
  offer.document = *std::move(text);
  const Admission admission = Admit(device.config(), offer);
  const int printed = Print(device.json() ? op::PlanJson(admission) : op::PlanText(admission, device.look()));
  return std::holds_alternative<Plan>(admission) ? printed : kFailed;
}

Verb CheckVerb() {
  return {.name = "check",
          .usage = "FILE",
          .summary = "may this job document run here, and what could be undone?",
          .help = kHelp,
          .least_operands = 1,
          .most_operands = 1,
          .which = "which job document?",
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            return Run([file = arguments.operands().front()](const Context& context) {
              return With(context, [&](const Device& device) { return PrintPlan(device, file); });
            });
          }};
}

}  // namespace kedge::commands
