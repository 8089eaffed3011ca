#include "commands/history.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "commands/device.h"
#include "commands/past.h"
#include "commands/verbs.h"
#include "operator/history_report.h"
#include "operator/times.h"
#include "sys/clock.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(List the jobs of this device, newest first, from the journal. Needs root.

Usage: kedge history [OPTIONS]

  --job PATTERN    only jobs whose id matches, as a shell's * ? [a-z] do
  --status STATUS  only these: SUCCEEDED, FAILED, REJECTED, CANCELED, TIMED_OUT, REMOVED; IN_PROGRESS is the one that
                   runs. Repeatable
  --verdict WORD   only these: safe, unknown, unsafe. Repeatable
  --since TIME     offered then or later: 2026-11-25, '2026-11-25 14:30', yesterday, or 90m, 2h, 3d, 1w ago
  --until TIME     offered before
  -n, --limit N    at most so many (default: 20)
  --page K         the Kth lot of so many (default: 1)

Examples:
  sudo kedge history
  sudo kedge history --status FAILED --status CANCELED --since 1w
  sudo kedge history --limit 100 --json | jq -r '.[] | select(.verdict == "unsafe").jobId'
)";

constexpr int64_t kMost = 1'000'000;

Unexpected Wrong(const std::string& option, const std::string& value, const std::string& wanted,
                 const std::string& example) {
  return Unexpected{ErrorKind::kInvalid, option + " is " + wanted + ", not '" + op::SafeLine(value) +
                                             "'; type: kedge history " + option + " " + example};
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

Result<size_t> Count(const Arguments& arguments, const char* option, size_t otherwise) {
  const auto value = arguments.Value(option);
  if (!value) return otherwise;
  const auto number = WholeNumber(*value, 1, kMost);
  if (number) return static_cast<size_t>(*number);
  return Wrong(option, *value, "a number from 1 to 1000000", std::to_string(otherwise));
}

Result<std::optional<int64_t>> Time(const Arguments& arguments, const char* option, int64_t now) {
  const auto value = arguments.Value(option);
  if (!value) return std::optional<int64_t>();
  if (const auto time = op::ParseTime(*value, now)) return time;
  return Wrong(option, *value, "a time", "2h (or 3d, yesterday, 2026-11-25, '2026-11-25 14:30')");
}

int History(const Device& device, store::HistoryQuery query) {
  auto history = device.OpenJournal();
  if (!history) return Fail(history.error().message);
  const size_t wanted = query.limit;
  query.limit = wanted + 1;  // to know whether there are more
  auto executions = (*history)->Executions(query);
  if (!executions) return Fail(executions.error().message);
  device.SayIfNotRunning();
  const bool has_more = executions->size() > wanted;
  if (has_more) executions->pop_back();
  if (device.json()) return Print(op::HistoryJson(*executions));
  if (executions->empty() && (query.skip > 0 || IsNarrowed(query)))
    return Print("No such job in the history.\n");
  std::string text = op::HistoryText(*executions, device.look());
  if (has_more) text += "\nThere are older ones: the same with --page " + std::to_string(query.skip / wanted + 2) + "\n";
  return Print(text);
}

}  // namespace

Result<store::HistoryQuery> ReadHistoryQuery(const Arguments& arguments, int64_t now) {
  store::HistoryQuery query;
  query.job = arguments.Value("--job").value_or("");
  for (const std::string& value : arguments.Values("--status")) {
    const auto status = JobStatusFrom(Upper(value));
    if (!status || *status == JobStatus::kQueued) {
      return Wrong("--status", value,
                   "SUCCEEDED, FAILED, REJECTED, CANCELED, TIMED_OUT, REMOVED or IN_PROGRESS", "FAILED");
    }
    query.statuses.emplace_back(ToString(*status));
  }
  for (const std::string& value : arguments.Values("--verdict")) {
    if (!VerdictFrom(value)) return Wrong("--verdict", value, "safe, unknown or unsafe", "unsafe");
    query.verdicts.push_back(value);
  }
  const auto since = Time(arguments, "--since", now);
  if (!since) return Unexpected(since.error());
  const auto until = Time(arguments, "--until", now);
  if (!until) return Unexpected(until.error());
  query.since = *since;
  query.until = *until;
  const auto limit = Count(arguments, "--limit", query.limit);
  if (!limit) return Unexpected(limit.error());
  const auto page = Count(arguments, "--page", 1);
  if (!page) return Unexpected(page.error());
  query.limit = *limit;
  query.skip = (*page - 1) * *limit;
  return query;
}

Verb HistoryVerb() {
  return {.name = "history",
          .usage = "",
          .summary = "the jobs of this device, newest first",
          .help = kHelp,
          .options = {{"--job", "'firmware-*'"},
                      {"--status", "FAILED"},
                      {"--verdict", "unsafe"},
                      {"--since", "2h"},
                      {"--until", "yesterday"},
                      {"--limit", "20", 'n'},
                      {"--page", "2"}},
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            auto query = ReadHistoryQuery(arguments, sys::WallMillis());
            if (!query) return Unexpected(query.error());
            return Run([query = *std::move(query)](const Context& context) {
              return With(context, [&](const Device& device) { return History(device, query); });
            });
          }};
}

}  // namespace kedge::commands
