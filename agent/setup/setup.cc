#include "setup/setup.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "setup/ask.h"
#include "setup/install.h"
#include "setup/interrupt.h"
#include "setup/options.h"
#include "setup/plan.h"
#include "setup/report.h"
#include "setup/services.h"
#include "setup/trial.h"
#include "sys/clock.h"

namespace kedge::setup {
namespace {

using std::chrono::milliseconds;

constexpr char kLinkProgram[] = "/usr/sbin/kedge-link";
// A first connection takes a second or two; a refused one is tried again within this.
constexpr int64_t kConnectMillis = 60000;
constexpr milliseconds kLook{200};

std::string JobOf(const nlohmann::json& status) {
  return status.contains("execution") ? status["execution"].value("jobId", "") : "";
}

class SettingUp {
 public:
  SettingUp(const Options& options, const Doors& doors, Report& report)
      : options_(options), doors_(doors), report_(report), terminal_(interrupt_), services_(interrupt_) {}

  Result<void> Run() {
    for (auto step : {&SettingUp::MayWe, &SettingUp::Plan, &SettingUp::LookAtAgent, &SettingUp::TryOut}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    if (options_.check) return {};
    for (auto step : {&SettingUp::Agree, &SettingUp::Write, &SettingUp::Start}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  bool IsStandard() const { return plan_.path == kConfigFile; }
  bool HasServices() const { return IsStandard() && Services::AreThere() && geteuid() == 0; }
  Terminal* Person() { return Terminal::IsThere() && !options_.json ? &terminal_ : nullptr; }

  Result<void> MayWe() {
    if (!options_.config.empty() || geteuid() == 0) return {};
    return Unexpected{ErrorKind::kDenied, "only root may set this device up; type: sudo kedge setup ..."};
  }

  Result<void> Plan() {
    auto plan = MakePlan(options_, Person());
    if (!plan) return Unexpected(plan.error());
    plan_ = std::move(*plan);
    return {};
  }

  nlohmann::json Status() const {
    const auto status = doors_.status(plan_.config.paths.operator_socket());
    auto json = status ? nlohmann::json::parse(*status, nullptr, false) : nlohmann::json();
    return json.is_object() && json.value("thing", "").empty() ? nlohmann::json() : json;
  }

  // A restart would interrupt its job; a connection beside its own would break both.
  Result<void> LookAtAgent() {
    const nlohmann::json status = Status();
    if (!status.is_object()) return {};
    const std::string job = JobOf(status);
    if (!job.empty() && !options_.check && options_.start && !options_.force) {
      return Unexpected{ErrorKind::kBusy,
                        "job " + job +
                            " is in progress, and a restart of the agent would interrupt it; wait for its "
                            "end (kedge wait idle), or add --force, or --no-start"};
    }
    if (HasServices() || status.value("link", "") != "up") return {};
    return Unexpected{ErrorKind::kBusy,
                      "kedge-link is connected with this configuration, and AWS takes one connection "
                      "of a client id at a time; end it first"};
  }

  Result<void> TryOut() {
    if (HasServices()) {
      if (auto paused = services_.PauseLink(); !paused) return paused;
    }
    report_.Note("Trying the connection to " + plan_.config.broker.host + " port " +
                 std::to_string(plan_.config.broker.port) + " as " + plan_.config.broker.client_id + ":");
    const auto checks = setup::TryOut(
        plan_, options_.link_program.empty() ? kLinkProgram : options_.link_program, interrupt_);
    if (!checks) return Unexpected(checks.error());
    for (const Check& check : *checks) {
      report_.Add(check);
      if (check.name == "query" && check.ok) answer_ = check.text;
    }
    const auto failed =
        std::find_if(checks->begin(), checks->end(), [](const Check& check) { return !check.ok; });
    if (failed == checks->end()) return {};
    return Unexpected{ErrorKind::kInvalid, "nothing was changed; mend what failed, and type the same again"};
  }

  Result<void> Agree() {
    for (const std::string& change : plan_.changes) report_.Note("Changes " + plan_.path + ": " + change);
    if (plan_.changes.empty() || options_.yes || options_.force) return {};
    if (Person() == nullptr) {
      return Unexpected{ErrorKind::kBusy,
                        plan_.path +
                            " is there and says something else, see above; nothing was "
                            "changed. Add --yes to change it (the old one is kept as .bak)"};
    }
    const auto agreed = terminal_.Confirm("Change it? The old one is kept as " + plan_.path + ".bak");
    if (!agreed) return Unexpected(agreed.error());
    if (*agreed) return {};
    return Unexpected{ErrorKind::kUnavailable, "nothing was changed"};
  }

  Result<void> Write() {
    if (interrupt_.came()) return Unexpected{ErrorKind::kUnavailable, "interrupted; nothing was changed"};
    // From here to the last file Ctrl-C waits.
    const auto written = Install(plan_.Files());
    if (!written) return Unexpected{written.error().kind, written.error().message + "; nothing was changed"};
    for (const std::string& path : *written) report_.Wrote(path);
    changed_ = !written->empty();
    if (!changed_) report_.Note("Everything is in place already.");
    return {};
  }

  Result<void> Start() {
    if (!HasServices() || !options_.start) {
      const std::string config = IsStandard() ? "" : " --config " + plan_.path;
      report_.Note(HasServices() ? "To start: systemctl enable --now kedged kedge-link"
                                 : "To start, as root: kedged" + config + "; and as " +
                                       plan_.config.link_user + ": kedge-link" + config);
      report_.Answer(answer_);
      return {};
    }
    if (auto started = services_.EnableAndStart(changed_); !started)
      return Unexpected(started.error().Within("the files are in place, but the services do not start"));
    report_.Started();
    return WaitForLink();
  }

  Result<void> WaitForLink() {
    const int64_t deadline = sys::BootMillis() + kConnectMillis;
    while (sys::BootMillis() < deadline) {
      const nlohmann::json status = Status();
      if (status.is_object() && status.value("link", "") == "up") {
        const std::string job = JobOf(status);
        report_.Answer(job.empty() ? answer_
                                   : "job " + job + " is " + status["execution"].value("phase", ""));
        return {};
      }
      interrupt_.Pause(kLook);
      if (interrupt_.came())
        return Unexpected{ErrorKind::kUnavailable, "interrupted; the services are started"};
    }
    return Unexpected{ErrorKind::kUnavailable, "the services are started, but not connected after " +
                                                   std::to_string(kConnectMillis / 1000) +
                                                   " s; see: journalctl -u kedged -u kedge-link"};
  }

  const Options& options_;
  const Doors& doors_;
  Report& report_;
  Interrupt interrupt_;
  Terminal terminal_;
  Services services_;
  setup::Plan plan_;
  bool changed_ = false;  // something was written
  std::string answer_;    // of the service to the first query
};

}  // namespace

int Setup(const std::vector<std::string>& arguments, const Doors& doors) {
  const auto options = ParseOptions(arguments);
  if (!options) {
    doors.err(options.error().message);
    return 2;
  }
  Report report(options->json, doors.out);
  const auto done = SettingUp(*options, doors, report).Run();
  report.End(done);
  if (!done && !options->json) doors.err(done.error().message);
  return done ? 0 : 1;
}

}  // namespace kedge::setup
