#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "commands/bundle.h"
#include "commands/device.h"
#include "commands/past.h"
#include "commands/verbs.h"
#include "report/execution_page.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] =
    R"(Make a report: of the device, for support; or of a job, for people who were not there. Needs root.

Usage: kedge report [OPTIONS]
       kedge report --html JOB[#EXECUTION] [-o FILE]

Without --html it is a .tar.gz of what somebody who cannot look at the device needs: what `kedge doctor` finds, the
status, the configuration, the history and the newest jobs, the log, the machine. No keys and certificates; what is
known to be a secret (passwords, tokens, signatures of URLs) is left out, and what steps printed unless it is asked
for. Look through it before you send it.

With --html it is one HTML file of what became of a job: the outcome, a timeline, every event, what the steps printed,
the document, and what is not as it was. It loads nothing from elsewhere and runs no script. Without a number, the
newest execution of the job.

Both are read from the journal, so no running kedged is needed, and are readable by their owner alone (mode 0600).

  --html             one HTML file of what became of JOB
  -o, --output FILE  write it there; "-" is stdout
  --jobs N           of so many of the newest jobs (default: 10)
  --with-output      with what their steps printed
  --offline          do nothing that needs the network

Examples:
  sudo kedge report
  ssh pi-1 sudo kedge report -o - >pi-1.tar.gz
  sudo kedge report --html firmware-42 -o firmware-42.html
)";

constexpr int64_t kMostJobs = 10'000;

// An HTML page of the execution; what the steps printed may be for nobody else, and the journal is root's
// too.
int Html(const Device& device, const op::JobName& name, const std::string& output) {
  const auto found = FindWhole(device, name);
  if (!found) return Fail(found.error().message);
  const std::string page =
      report::ExecutionPage({device.config().thing, found->execution, found->entries, sys::WallMillis()});
  if (output.empty() || output == "-") return Print(page);
  const auto written = sys::WriteFileAtomic(output, page, 0600);
  if (!written) return Fail("cannot write the report: " + written.error().message);
  if (!device.json()) return kDone;
  return Print(nlohmann::ordered_json{{"file", output}, {"bytes", page.size()}}.dump(
                   2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
               "\n");
}

Unexpected Wrong(const std::string& what) { return {ErrorKind::kInvalid, what}; }

Result<Run> PrepareHtml(const Arguments& arguments) {
  for (const char* option : {"--jobs", "--with-output", "--offline"}) {
    if (arguments.Has(option))
      return Wrong(std::string(option) + " is not for --html; type: kedge report " + option);
  }
  if (arguments.operands().empty())
    return Wrong("which job? type: kedge report --html JOB -o FILE; kedge history lists the jobs");
  const auto name = ReadJobName(arguments, "report --html");
  if (!name) return Unexpected(name.error());
  const std::string output = arguments.Value("--output").value_or("");
  if (output.empty() && isatty(STDOUT_FILENO) == 1) {
    return Wrong("an HTML page is nothing for a terminal; type: kedge report --html " + name->job.value +
                 " -o FILE");
  }
  return Run([name = *name, output](const Context& context) {
    return With(context, [&](const Device& device) { return Html(device, name, output); });
  });
}

Result<Run> PrepareBundle(const Arguments& arguments) {
  if (!arguments.operands().empty()) {
    return Wrong("in which form? type: kedge report --html " + op::SafeLine(arguments.operands().front()) +
                 " -o FILE; or, for support: kedge report");
  }
  BundleOptions options;
  options.output = arguments.Value("--output").value_or("");
  options.with_output = arguments.Has("--with-output");
  options.offline = arguments.Has("--offline");
  if (const auto jobs = arguments.Value("--jobs")) {
    const auto number = WholeNumber(*jobs, 0, kMostJobs);
    if (!number) {
      return Wrong("--jobs is a number from 0 to " + std::to_string(kMostJobs) + ", not '" +
                   op::SafeLine(*jobs) + "'; type: kedge report --jobs 20");
    }
    options.jobs = static_cast<size_t>(*number);
  }
  if (options.output == "-" && isatty(STDOUT_FILENO) == 1)
    return Wrong("a .tar.gz is nothing for a terminal; type: kedge report -o FILE");
  return Run([options](const Context& context) {
    return With(context, [&](const Device& device) { return MakeBundle(device, options); });
  });
}

}  // namespace

Verb ReportVerb() {
  return {
      .name = "report",
      .usage = "[--html JOB]",
      .summary = "for others: all about this device, or about a job, in one file",
      .help = kHelp,
      .options = {{"--html"}, {"--output", "FILE", 'o'}, {"--jobs", "20"}, {"--with-output"}, {"--offline"}},
      .most_operands = 1,
      .prepare = [](const Arguments& arguments) -> Result<Run> {
        return arguments.Has("--html") ? PrepareHtml(arguments) : PrepareBundle(arguments);
      }};
}

}  // namespace kedge::commands
