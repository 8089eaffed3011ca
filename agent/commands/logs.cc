#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "commands/device.h"
#include "commands/live_lines.h"
#include "commands/past.h"
#include "commands/verbs.h"
#include "operator/history_report.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Print what the steps of a job have printed, all that was kept. Needs root.

Usage: kedge logs JOB[#EXECUTION] [--follow] [--json]

  -f, --follow     go on with what happens until the job is over, and print what the steps print while they print it

Without a number, the newest execution of the job. How much of each step's output is kept says process.keep_output of
the configuration; kedge.yaml(5) has process.output_file for whoever wants everything. With --json, one object a line,
as in the history of `kedge show --json`; of --follow, {"event": "output", "task": 7, "stream": "stdout", "text": "..."}
as well.

Examples:
  sudo kedge logs firmware-42
  sudo kedge logs firmware-42 --follow
)";

constexpr std::chrono::milliseconds kLook{250};  // a step's output is told by no signal

// The history has each task's output when it is over, the agent has it while it comes. Put together, each
// line stands behind the event that its task began with, and before the one that it ended with.
class Follower {
 public:
  Follower(const Device& device, op::JobName name, bool follow)
      : device_(device), name_(std::move(name)), follow_(follow), lines_(device.look(), device.json()) {}

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
    // What has been printed by now is of tasks whose beginning the history has when it is read after this.
    Take();
    const int64_t begun = output_.empty() ? 0 : output_.back().task;
    const auto entries = (*history)->Entries(found->execution.id);
    if (!entries) return Unexpected(entries.error());
    std::string text;
    const bool is_first = seen_ == 0;
    for (; seen_ < entries->size(); ++seen_) {
      const HistoryEntry& entry = (*entries)[seen_];
      if (const int64_t task = op::TaskOf(entry); task != 0) text += EndOf(task, is_first);
      text += TextOf(entry);
    }
    const bool is_over = found->execution.closed_wall != 0;
    if (is_over && is_first) output_.clear();
    text += Live(begun);
    printed_ = printed_ || !text.empty();
    if (!text.empty() && Print(text) != kDone) return Unexpected{ErrorKind::kIo, "the output ended"};
    return is_over;
  }

  std::string TextOf(const HistoryEntry& entry) const {
    if (device_.json()) return op::EntryJson(entry) + "\n";
    const bool is_shown = live_task_ != 0 && op::TaskOf(entry) == live_task_;
    const std::string output = is_shown ? "" : op::OutputText(entry, device_.look());
    if (follow_) return op::EntryText(entry, device_.look()) + output;
    const std::string heading =
        op::Paint(device_.look(), op::Colour::kBold, "== " + op::SafeLine(entry.text)) + "\n";
    return output.empty() ? "" : heading + output;
  }

  // The task is over, so the agent has read all of its output. What was printed before anybody followed, the
  // history tells.
  std::string EndOf(int64_t task, bool is_past) {
    if (is_past) {
      std::erase_if(output_, [task](const op::OutputPiece& piece) { return piece.task <= task; });
      return "";
    }
    Take();
    return Live(task) + lines_.Rest();
  }

  // What tasks up to `last` have printed and nobody has seen.
  std::string Live(int64_t last) {
    std::string text;
    for (; !output_.empty() && output_.front().task <= last; output_.pop_front()) {
      const op::OutputPiece& piece = output_.front();
      if (piece.task != live_task_) text += lines_.Rest();
      live_task_ = piece.task;
      text += lines_.Missing(std::exchange(lost_, 0)) + lines_.Add(piece);
    }
    return text;
  }

  // Fetches what the agent holds of this execution's output; without an agent there is none.
  void Take() {
    if (!follow_ || !Connect()) return;
    auto output = client_->GetOutput(place_);
    if (output && output->end < place_) output = client_->GetOutput(0);  // another life of the agent
    if (!output || output->execution.job != name_.job || output->execution.number != name_.number) return;
    place_ = output->end;
    lost_ += output->lost;
    for (op::OutputPiece& piece : output->pieces) output_.push_back(std::move(piece));
  }

  // False: said why not.
  bool Wait() {
    if (const auto connected = Connect(); !connected) {
      Fail(Device::NotRunning(connected.error()) + ", so nothing more happens to the job");
      return false;
    }
    if (!client_->WaitForChange(kLook)) client_.reset();
    return true;
  }

  Result<void> Connect() {
    if (client_) return {};
    auto connected = device_.Connect();
    if (!connected) return Unexpected(connected.error());
    client_.emplace(*std::move(connected));
    return {};
  }

  int SayNothing() const {
    std::fprintf(stderr, "kedge: the steps of %s have printed nothing\n", name_.job.value.c_str());
    return kDone;
  }

  const Device& device_;
  op::JobName name_;
  const bool follow_;
  size_t seen_ = 0;
  std::deque<op::OutputPiece> output_;  // fetched and not printed yet
  uint64_t place_ = 0;                  // up to which it was fetched
  uint64_t lost_ = 0;
  int64_t live_task_ = 0;  // the newest task whose output was printed while it came
  LiveLines lines_;
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
