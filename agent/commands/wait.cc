#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "commands/device.h"
#include "commands/verbs.h"
#include "operator/agent_client.h"
#include "operator/status_report.h"
#include "operator/terminal.h"
#include "sys/clock.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Return when the device is where a script needs it.

Usage: kedge wait recovered|idle [--timeout SECONDS]

  recovered          whatever a crash, a power cut or a restart of the agent interrupted is done, or undone and verified.
                     Needs no network. The unit kedge-recovered.target stands for it at boot
  idle               moreover no job is there
  --timeout SECONDS  for so long at most (default: for ever). Also until kedged runs

With --json it prints {"reached": true} when it is so, else {"reached": false, "text": why}.

Exit status: 0 it is so; 1 it is not, or the device is in quarantine: `kedge status` says why; 2 wrong use.

Examples:
  kedge wait recovered && start-the-application
  kedge wait idle --timeout 600
)";

enum class For { kRecovered, kIdle };

using std::chrono::milliseconds;

// A signal tells of a change; this is for the doors that do not bring one.
constexpr milliseconds kLook{1000};
// Nobody is there to tell that kedged has come up.
constexpr milliseconds kKnock{200};

enum class Answer { kYes, kNotYet, kQuarantined };

Answer Judge(const std::string& status, For what) {
  const auto brief = op::BriefOf(status);
  if (!brief || brief->recovering) return Answer::kNotYet;
  if (what == For::kIdle && brief->has_job) return Answer::kNotYet;
  return brief->quarantined ? Answer::kQuarantined : Answer::kYes;
}

class Waiting {
 public:
  Waiting(const Device& device, For what, std::optional<int64_t> seconds)
      : device_(device),
        what_(what),
        deadline_(seconds ? std::optional(sys::BootMillis() + *seconds * 1000) : std::nullopt) {}

  int Run() {
    while (true) {
      const auto answer = Look();
      if (answer == Answer::kYes) return device_.json() ? Print(op::ReachedJson(true, "")) : kDone;
      if (answer == Answer::kQuarantined) return No("the device is in quarantine; `kedge status` says why");
      if (Left() <= 0) return No(op::SafeLine(why_));
      Pause();
    }
  }

 private:
  int No(const std::string& why) const {
    if (!device_.json()) return Fail(why);
    Print(op::ReachedJson(false, why));
    return kFailed;
  }

  int64_t Left() const { return deadline_ ? *deadline_ - sys::BootMillis() : INT64_MAX; }

  Answer Look() {
    if (!client_) {
      auto connected = device_.Connect();
      if (!connected) {
        why_ = Device::NotRunning(connected.error()) + "; start it: systemctl start kedged";
        return Answer::kNotYet;
      }
      client_.emplace(std::move(*connected));
    }
    const auto status = client_->GetStatus();
    if (!status) {
      client_.reset();
      why_ = "kedged does not tell its status: " + status.error().message;
      return Answer::kNotYet;
    }
    why_ = what_ == For::kIdle ? "a job is still there; `kedge status` tells how it gets on"
                               : "what was interrupted is still being undone; see `kedge status`";
    return Judge(*status, what_);
  }

  void Pause() {
    if (!client_) return std::this_thread::sleep_for(milliseconds(std::min(Left(), int64_t{kKnock.count()})));
    if (!client_->WaitForChange(milliseconds(std::min(Left(), int64_t{kLook.count()})))) client_.reset();
  }

  const Device& device_;
  const For what_;
  const std::optional<int64_t> deadline_;  // boot time
  std::optional<op::AgentClient> client_;
  std::string why_;  // why it is not there yet
};

Result<Run> Prepare(const Arguments& arguments) {
  constexpr char kUse[] = "kedge wait recovered|idle [--timeout SECONDS]";
  const std::string& word = arguments.operands().front();
  if (word != "recovered" && word != "idle") {
    return Unexpected{ErrorKind::kInvalid, "wait for what? type: " + std::string(kUse)};
  }
  std::optional<int64_t> seconds;
  if (const auto value = arguments.Value("--timeout")) {
    seconds = WholeNumber(*value, 1, 1'000'000);
    if (!seconds) {
      return Unexpected{ErrorKind::kInvalid, "--timeout is a number of seconds from 1 to 1000000, not '" +
                                                 op::SafeLine(*value) + "'; type: " + kUse};
    }
  }
  return Run([what = word == "idle" ? For::kIdle : For::kRecovered, seconds](const Context& context) {
    return With(context, [&](const Device& device) { return Waiting(device, what, seconds).Run(); });
  });
}

}  // namespace

Verb WaitVerb() {
  return {.name = "wait",
          .usage = "recovered|idle",
          .summary = "return when nothing interrupted is left to undo, or no job is there",
          .help = kHelp,
          .options = {{"--timeout", "60"}},
          .least_operands = 1,
          .most_operands = 1,
          .which = "wait for what?",
          .prepare = Prepare};
}

}  // namespace kedge::commands
