#include "setup/services.h"

#include <unistd.h>

#include "setup/runner.h"

namespace kedge::setup {
namespace {

constexpr std::chrono::minutes kLimit{2};
constexpr char kAgent[] = "kedged.service";
constexpr char kLink[] = "kedge-link.service";

}  // namespace

bool Services::AreThere() { return access("/run/systemd/system", F_OK) == 0; }

Services::~Services() {
  if (!paused_) return;
  Interrupt fresh;  // what has been interrupted is the set-up, not this
  [[maybe_unused]] const auto ran =
      RunProgram({"systemctl", "start", "--no-block", kLink}, "", {}, kLimit, fresh);
}

Result<void> Services::Call(const std::vector<std::string>& words) {
  std::vector<std::string> argv = {"systemctl"};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto ran = RunProgram(argv, "", {}, kLimit, interrupt_);
  if (!ran) return Unexpected(ran.error());
  if (ran->succeeded) return {};
  std::string line;
  for (const std::string& word : argv) line += (line.empty() ? "" : " ") + word;
  return Unexpected{ErrorKind::kUnavailable, "`" + line + "`: " + ran->how + ": " + ran->err};
}

Result<void> Services::PauseLink() {
  const auto active = RunProgram({"systemctl", "is-active", "--quiet", kLink}, "", {}, kLimit, interrupt_);
  if (!active) return Unexpected(active.error());
  if (!active->succeeded) return {};
  paused_ = true;
  return Call({"stop", kLink});
}

Result<void> Services::EnableAndStart(bool anew) {
  if (auto enabled = Call({"enable", "--quiet", kAgent, kLink}); !enabled) return enabled;
  // What failed before, often for want of a configuration, may have used its starts up.
  if (auto reset = Call({"reset-failed", kAgent, kLink}); !reset) return reset;
  if (auto started = Call({anew ? "restart" : "start", kAgent, kLink}); !started) return started;
  paused_ = false;
  return {};
}

}  // namespace kedge::setup
