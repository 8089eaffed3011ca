#include "report/report.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands/device.h"
#include "commands/verbs.h"
#include "sys/clock.h"

namespace kedge::commands {
namespace {

class JournalSource : public report::Source {
 public:
  JournalSource(std::string thing, std::unique_ptr<store::HistoryReader> history)
      : thing_(std::move(thing)), history_(std::move(history)) {}

  std::string Thing() override { return thing_; }
  Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) override {
    return history_->ExecutionsOf(job);
  }
  Result<std::vector<HistoryEntry>> Entries(const ExecutionId& id) override { return history_->Entries(id); }

 private:
  const std::string thing_;
  const std::unique_ptr<store::HistoryReader> history_;
};

Result<std::unique_ptr<report::Source>> OpenSource(const std::string& config) {
  const auto device = Device::Open({.config = config});
  if (!device) return Unexpected(device.error());
  auto history = device->OpenJournal();
  if (!history) return Unexpected(history.error());
  return std::unique_ptr<report::Source>(
      std::make_unique<JournalSource>(device->config().thing, *std::move(history)));
}

}  // namespace

Verb ReportVerb() {
  return {.name = "report",
          .usage = "--html JOB",
          .summary = "what became of a job, as one HTML file",
          .help = report::kReportHelp,
          .with_words = [](const std::vector<std::string>& words) {
            return report::Report(words, {.out = Print,
                                          .err = [](const std::string& text) { Fail(text); },
                                          .open = OpenSource,
                                          .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                                          .now = sys::WallMillis()});
          }};
}

}  // namespace kedge::commands
