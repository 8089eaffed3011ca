#include "wait_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "operator/agent_client.h"
#include "operator/status_report.h"
#include "operator/terminal.h"
#include "sys/clock.h"

namespace kedge {
namespace {

using std::chrono::milliseconds;

// A signal tells of a change; this is for the doors that do not bring one.
constexpr milliseconds kLook{1000};
// Nobody is there to tell that kedged has come up.
constexpr milliseconds kKnock{200};

enum class Answer { kYes, kNotYet, kQuarantined };

Answer Judge(const std::string& status, op::WaitCommand::For what) {
  const auto brief = op::BriefOf(status);
  if (!brief || brief->recovering) return Answer::kNotYet;
  if (what == op::WaitCommand::For::kIdle && brief->has_job) return Answer::kNotYet;
  return brief->quarantined ? Answer::kQuarantined : Answer::kYes;
}

class Waiting {
 public:
  Waiting(const Config& config, const op::WaitCommand& command)
      : socket_(config.paths.operator_socket()),
        what_(command.what),
        deadline_(command.seconds ? std::optional(sys::BootMillis() + *command.seconds * 1000)
                                  : std::nullopt) {}

  int Run() {
    while (true) {
      const auto answer = Look();
      if (answer == Answer::kYes) return 0;
      if (answer == Answer::kQuarantined) return Fail("the device is in quarantine; `kedge status` says why");
      if (Left() <= 0) return Fail(why_);
      Pause();
    }
  }

 private:
  static int Fail(const std::string& why) {
    std::fprintf(stderr, "kedge: %s\n", op::SafeLine(why).c_str());
    return 1;
  }
  int64_t Left() const { return deadline_ ? *deadline_ - sys::BootMillis() : INT64_MAX; }

  Answer Look() {
    if (!client_) {
      auto connected = op::AgentClient::Connect(socket_);
      if (!connected) {
        why_ = "kedged does not run (" + connected.error().message + "); start it: systemctl start kedged";
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
    why_ = what_ == op::WaitCommand::For::kIdle
               ? "a job is still there; `kedge status` tells how it gets on"
               : "what was interrupted is still being undone; see `kedge status`";
    return Judge(*status, what_);
  }

  void Pause() {
    if (!client_) return std::this_thread::sleep_for(milliseconds(std::min(Left(), int64_t{kKnock.count()})));
    if (!client_->WaitForChange(milliseconds(std::min(Left(), int64_t{kLook.count()})))) client_.reset();
  }

  const std::string socket_;
  const op::WaitCommand::For what_;
  const std::optional<int64_t> deadline_;  // boot time
  std::optional<op::AgentClient> client_;
  std::string why_;  // why it is not there yet
};

}  // namespace

int WaitFor(const Config& config, const op::WaitCommand& command) { return Waiting(config, command).Run(); }

}  // namespace kedge
