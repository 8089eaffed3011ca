#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "commands/device.h"
#include "commands/past.h"
#include "commands/verbs.h"
#include "operator/history_report.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Print what the steps of a job have printed, all that was kept. Needs root.

Usage: kedge logs JOB[#EXECUTION] [--follow] [--json]

  -f, --follow     go on with what happens until the job is over; a step's output comes when the step has ended

Without a number, the newest execution of the job. How much of each step's output is kept says process.keep_output of
the configuration; kedge.yaml(5) has process.output_file for whoever wants everything, while it is printed.
With --json, one object a line, as in the history of `kedge show --json`.

Examples:
  sudo kedge logs firmware-42
  sudo kedge logs firmware-42 --follow
)";

constexpr std::chrono::milliseconds kLook{1000};

class Follower {
 public:
  Follower(const Device& device, op::JobName name, bool follow)
      : device_(device), name_(std::move(name)), follow_(follow) {}

  int Run() {
    while (true) {
      const auto is_over = PrintNew();
      if (!is_over) return Fail(is_over.error().message);
      if (*is_over || !follow_) return printed_ ? kDone : SayNothing();
      if (!Wait()) return kFailed;
    }
  }

 private:
  // Whether the execution is over.
  Result<bool> PrintNew() {
    auto history = device_.OpenJournal();
    if (!history) return Unexpected(history.error());
    const auto found = FindExecution(**history, name_);
    if (!found) return Unexpected(found.error());
    name_.number = found->execution.id.number;  // this one, whatever comes next
    const auto entries = (*history)->Entries(found->execution.id);
    if (!entries) return Unexpected(entries.error());
    std::string text;
    for (; seen_ < entries->size(); ++seen_) {
      const HistoryEntry& entry = (*entries)[seen_];
      if (device_.json()) {
        text += op::EntryJson(entry) + "\n";
      } else {
        text += follow_ ? op::EntryText(entry, device_.look()) : "";
        text += op::OutputText(entry, device_.look());
      }
    }
    printed_ = printed_ || !text.empty();
    if (!text.empty() && Print(text) != kDone) return Unexpected{ErrorKind::kIo, "the output ended"};
    return found->execution.closed_wall != 0;
  }

  // False: said why not.
  bool Wait() {
    if (!client_) {
      auto connected = device_.Connect();
      if (!connected) {
        Fail(Device::NotRunning(connected.error()) + ", so nothing more happens to the job");
        return false;
      }
      client_.emplace(*std::move(connected));
    }
    if (!client_->WaitForChange(kLook)) client_.reset();
    return true;
  }

  int SayNothing() const {
    std::fprintf(stderr, "kedge: the steps of %s have printed nothing\n", name_.job.value.c_str());
    return kDone;
  }

  const Device& device_;
  op::JobName name_;
  const bool follow_;
  size_t seen_ = 0;
  bool printed_ = false;
  std::optional<op::AgentClient> client_;
};

}  // namespace

Verb LogsVerb() {
  return {.name = "logs",
          .usage = "JOB",
          .summary = "what the steps of a job have printed",
          .help = kHelp,
          .options = {{"--follow", "", 'f'}},
          .least_operands = 1,
          .most_operands = 1,
          .which = "which job (kedge history tells the names)?",
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            const auto name = ReadJobName(arguments, "logs");
            if (!name) return Unexpected(name.error());
            return Run([name = *name, follow = arguments.Has("--follow")](const Context& context) {
              return With(context,
                          [&](const Device& device) { return Follower(device, name, follow).Run(); });
            });
          }};
}

}  // namespace kedge::commands
