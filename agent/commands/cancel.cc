// cancel: the room cancel/ reads its words, which are AWS's and OCI's as well; here stand the agent of this
// device, its journal and whoever sits at the terminal.
#include "cancel/cancel.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "commands/device.h"
#include "commands/verbs.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMaxFile = 131072;  // bytes: no request is longer
// Nobody is there to tell that kedged has come up again.
constexpr milliseconds kKnock{200};

class LocalAgent : public cancel::Agent {
 public:
  explicit LocalAgent(Device device) : device_(std::move(device)) {}

  Result<std::string> Cancel(const std::string& request) override {
    auto connected = Connect();
    return connected ? client_->CancelExecution(request) : Result<std::string>(Unexpected(connected.error()));
  }

  Result<std::string> Status() override {
    if (auto connected = Connect(); !connected) return Unexpected(connected.error());
    auto status = client_->GetStatus();
    if (!status) client_.reset();
    return status;
  }

  Result<std::optional<cancel::Past>> FindPast(const std::string& job, int64_t number) override {
    auto history = device_.OpenJournal();
    if (!history) return Unexpected(history.error());
    auto executions = (*history)->ExecutionsOf(JobId{job});
    if (!executions) return Unexpected(executions.error());
    for (const auto& past : *executions) {
      if (past.id.number == number && past.closed_wall > 0) {
        return std::optional(cancel::Past{past.status, past.verdict, past.text});
      }
    }
    return std::optional<cancel::Past>();
  }

  void WaitForChange(milliseconds limit) override {
    if (client_ && !client_->WaitForChange(limit)) client_.reset();
    if (!client_) std::this_thread::sleep_for(std::min(limit, kKnock));
  }

 private:
  Result<void> Connect() {
    if (client_) return {};
    auto made = device_.Connect();
    if (!made) {
      return Unexpected{made.error().kind,
                        Device::NotRunning(made.error()) + "; start it: systemctl start kedged"};
    }
    client_.emplace(std::move(*made));
    return {};
  }

  const Device device_;
  std::optional<op::AgentClient> client_;
};

std::optional<bool> Confirm(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) return std::nullopt;
  std::fprintf(stderr, "%s [y/N]: ", question.c_str());
  std::fflush(stderr);
  char answer[64];
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

int Cancel(const std::vector<std::string>& words) {
  std::optional<LocalAgent> agent;
  const cancel::Io io{.out = [](const std::string& text) { Print(text); },
                      .err = [](const std::string& text) { Fail(text); },
                      .agent = [&agent](const std::string& config) -> Result<cancel::Agent*> {
                        auto device = Device::Open({.config = config});
                        if (!device) return Unexpected(device.error());
                        return &agent.emplace(*std::move(device));
                      },
                      .read = [](const std::string& path) { return sys::ReadFile(path, kMaxFile); },
                      .confirm = Confirm,
                      .now = sys::BootMillis};
  return cancel::Cancel(words, io);
}

}  // namespace

Verb CancelVerb() {
  return {.name = "cancel",
          .usage = "JOB",
          .summary = cancel::kSummary,
          .help = cancel::HelpText(),
          // For who uses them with another verb. The room knows the rest.
          .options = {{"--force", "", 'f'}, {"--reason", "'wrong version'"}},
          .with_words = Cancel};
}

}  // namespace kedge::commands
