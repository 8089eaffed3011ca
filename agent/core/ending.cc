#include "core/ending.h"

#include <csignal>
#include <string_view>
#include <utility>

namespace kedge {
namespace {

// Signal numbers differ between architectures, the names do not. "" for one without a name (real-time
// signals).
std::string_view SignalName(int signal) {
  static constexpr std::pair<int, std::string_view> kNames[] = {
      {SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},    {SIGTRAP, "TRAP"},
      {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGKILL, "KILL"},  {SIGUSR1, "USR1"},
      {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"},  {SIGTERM, "TERM"},
      {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},  {SIGTTIN, "TTIN"},
      {SIGTTOU, "TTOU"}, {SIGURG, "URG"},   {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"},  {SIGVTALRM, "VTALRM"},
      {SIGPROF, "PROF"}, {SIGPOLL, "POLL"}, {SIGSYS, "SYS"},   {SIGWINCH, "WINCH"}};
  for (const auto& [number, name] : kNames) {
    if (number == signal) return name;
  }
  return "";
}

std::string InWords(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

struct Words {
  std::string operator()(const Exited& exited) const {
    return "exit status " + std::to_string(exited.status);
  }
  std::string operator()(const Signalled& signalled) const {
    std::string words = "killed by signal " + std::to_string(signalled.signal);
    const std::string_view name = SignalName(signalled.signal);
    if (!name.empty()) words.append(" (").append(name).append(")");
    if (signalled.core_dumped) words += ", core dumped";
    return words;
  }
  std::string operator()(const TimedOut& timed_out) const {
    return "timed out after " + InWords(timed_out.limit);
  }
  std::string operator()(const CouldNotStart& failure) const { return "could not start: " + failure.what; }
  std::string operator()(const Interrupted&) const { return "interrupted"; }
};

}  // namespace

std::string ToString(const Ending& ending) { return std::visit(Words{}, ending); }

std::string Capture::Text() const {
  if (dropped <= 0) return head + tail;
  std::string text = head;
  // The mark stands on a line of its own, so that it is never taken for what the child wrote.
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += "[... " + std::to_string(dropped) + " bytes not kept ...]";
  if (!tail.empty() && tail.front() != '\n') text += '\n';
  return text + tail;
}

}  // namespace kedge
