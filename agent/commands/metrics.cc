#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "commands/device.h"
#include "commands/verbs.h"
#include "operator/metrics_report.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] =
    R"(Print figures of the agent for Prometheus, in its text format; with --json as JSON.

Usage: kedge metrics [--output FILE]

  -o, --output FILE  write there, all at once, so that no reader finds half of it

For node_exporter's textfile collector; /usr/share/kedge/systemd has a timer for it. Whether the agent runs and is
connected, what it does, whether the device is in quarantine, the job that is there, the last one's end; as root also
how many jobs of the history ended how. That kedged does not run is a figure, too, and no failure.

Examples:
  kedge metrics
  sudo kedge metrics --output /var/lib/prometheus/node-exporter/kedge.prom
)";

std::optional<int64_t> SizeOf(const std::string& journal) {
  int64_t bytes = 0;
  for (const char* end : {"", "-wal"}) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(journal + end, failure);
    if (failure && *end == '\0') return std::nullopt;
    if (!failure) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

int Metrics(const Device& device, const std::string& output) {
  auto client = device.Connect();
  auto status = client ? client->GetStatus() : Result<std::string>(Unexpected(client.error()));
  op::MetricsInput input;
  if (const auto history = device.OpenJournal()) {
    const auto ends = (*history)->Ends();
    if (!ends) return Fail(ends.error().message);
    for (const auto& end : *ends) input.ends.push_back({end.status, end.verdict, end.count});
    input.bytes = SizeOf(device.config().paths.journal());
    if (!status) status = device.StatusFromJournal(**history);
  }
  if (status) input.status = *status;
  const auto text = device.json() ? op::MetricsJson(input) : op::MetricsText(input);
  if (!text) return Fail(text.error().message);
  if (output.empty()) return Print(*text);
  const auto written = sys::WriteFileAtomic(output, *text, 0644);
  return written ? kDone : Fail(written.error().message);
}

}  // namespace

Verb MetricsVerb() {
  return {.name = "metrics",
          .usage = "",
          .summary = "figures for Prometheus",
          .help = kHelp,
          .options = {{"--output", "/var/lib/prometheus/node-exporter/kedge.prom", 'o'}},
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            return Run([output = arguments.Value("--output").value_or("")](const Context& context) {
              return With(context, [&](const Device& device) { return Metrics(device, output); });
            });
          }};
}

}  // namespace kedge::commands
