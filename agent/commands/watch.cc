#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "commands/device.h"
#include "commands/verbs.h"
#include "operator/status_report.h"
#include "operator/terminal.h"
#include "sys/clock.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Show what `kedge status` shows, and go on doing so as it changes, until Ctrl-C.

Usage: kedge watch [--json]

On a terminal the screen is kept up to date; elsewhere each change is printed beneath the one before. With --json, one
object a line, whenever something has changed. While kedged does not run, that is said, and waited for.

Examples:
  kedge watch
  kedge watch --json | jq --unbuffered -r .state
)";

// "since ... ago" goes on by itself, and nobody is there to tell that kedged has come up.
constexpr std::chrono::milliseconds kLook{1000};

class Watcher {
 public:
  explicit Watcher(const Device& device)
      : device_(device), is_screen_(!device.json() && isatty(STDOUT_FILENO) == 1) {}

  int Run() {
    while (true) {
      if (const int shown = Show(); shown != kDone) return shown;
      Pause();
    }
  }

 private:
  int Show() {
    const Result<std::string> status = Status();
    const std::string now = status ? *status : status.error().message;
    const bool is_new = now != last_;
    last_ = now;
    if (!is_screen_ && !is_new) return kDone;
    if (!status) return device_.json() ? SayOnStderr(now) : Draw("kedge: " + now + "\n");
    if (device_.json()) return Print(OneLine(now) + "\n");
    // Asked each time, for people pull at their windows.
    const auto text = op::StatusText(now, LookOfTerminal(), sys::WallMillis());
    return text ? Draw(*text) : Fail(text.error().message);
  }

  Result<std::string> Status() {
    if (!client_) {
      auto connected = device_.Connect();
      if (!connected) return Unexpected(connected.error().kind, Device::NotRunning(connected.error()));
      client_.emplace(*std::move(connected));
    }
    auto status = client_->GetStatus();
    if (!status) client_.reset();
    return status;
  }

  void Pause() {
    if (!client_) return std::this_thread::sleep_for(kLook);
    if (!client_->WaitForChange(kLook)) client_.reset();
  }

  // Over what was there, line by line, so that nothing flickers.
  int Draw(const std::string& text) {
    const bool is_first = !std::exchange(drawn_, true);
    if (!is_screen_) return Print((is_first ? "" : "\n") + text);
    std::string screen = is_first ? "\x1b[2J\x1b[H" : "\x1b[H";
    for (const char c : Head(text)) screen += c == '\n' ? "\x1b[K\n" : std::string(1, c);
    return Print(screen + "\x1b[J");
  }

  // As much as the screen has room for: what rolls out at its top could not be drawn over. The last row is
  // the cursor's.
  static std::string Head(const std::string& text) {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 3 || size.ws_col == 0) return text;
    const auto rows_of = [&size](const std::string& line) {
      return std::max<size_t>(1, (op::WidthOf(line) + size.ws_col - 1) / size.ws_col);
    };
    size_t rows = 0;
    size_t kept = 0;  // bytes, whose lines leave a row for the one that says that there are more
    for (size_t from = 0; from < text.size();) {
      const size_t to = std::min(text.find('\n', from), text.size());
      rows += rows_of(text.substr(from, to - from));
      from = std::min(to + 1, text.size());
      if (rows + 2 <= size.ws_row) kept = from;
    }
    return rows + 1 <= size.ws_row ? text : text.substr(0, kept) + "...\n";
  }

  static int SayOnStderr(const std::string& text) {
    std::fprintf(stderr, "kedge: %s\n", text.c_str());
    return kDone;
  }
  static std::string OneLine(const std::string& json) {
    const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
    return parsed.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }

  const Device& device_;
  const bool is_screen_;
  std::optional<op::AgentClient> client_;
  std::string last_;
  bool drawn_ = false;
};

}  // namespace

Verb WatchVerb() {
  return {.name = "watch",
          .usage = "",
          .summary = "the same, kept up to date",
          .help = kHelp,
          .prepare = [](const Arguments&) -> Result<Run> {
            return Run([](const Context& context) {
              return With(context, [](const Device& device) { return Watcher(device).Run(); });
            });
          }};
}

}  // namespace kedge::commands
