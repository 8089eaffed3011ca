#include "core/ending.h"

#include <csignal>
#include <cstdio>
#include <iterator>
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
  const bool whole = count % 1000 == 0 && count > 0;
  return whole ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
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
    const std::string whose(ToString(timed_out.whose));
    return "timed out after " + InWords(timed_out.limit) +
           (timed_out.whose == LimitOf::kJob ? " (what was left of the job's limit)"
                                             : " (the " + whose + "'s limit)");
  }
  std::string operator()(const OutOfMemory& out) const {
    return out.limit > 0 ? "out of memory: killed by the kernel at its limit of " + SizeInWords(out.limit)
                         : "out of memory: killed by the kernel, for the device had none left";
  }
  std::string operator()(const TaskLimit& refused) const {
    return "reached its limit of " + std::to_string(refused.limit) +
           " processes and threads: " + refused.then;
  }
  std::string operator()(const OutputLimit& wrote) const {
    return "wrote more than its limit of " + SizeInWords(wrote.limit) + ", and was ended";
  }
  std::string operator()(const CouldNotStart& failure) const { return "could not start: " + failure.what; }
  std::string operator()(const NotDurable& failure) const {
    return "what it wrote cannot be brought to the disk: " + failure.what;
  }
  std::string operator()(const Interrupted&) const { return "interrupted"; }
};

constexpr std::string_view kLimits[] = {"step", "job", "check", "guard", "undo"};

}  // namespace

std::string_view ToString(LimitOf whose) { return kLimits[static_cast<size_t>(whose)]; }

std::optional<LimitOf> LimitOfFrom(std::string_view word) {
  for (size_t i = 0; i < std::size(kLimits); ++i) {
    if (kLimits[i] == word) return static_cast<LimitOf>(i);
  }
  return std::nullopt;
}

std::string SizeInWords(int64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  auto size = static_cast<double>(bytes);
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  char text[32];
  const bool whole = size == static_cast<double>(static_cast<int64_t>(size));
  std::snprintf(text, sizeof text, whole ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string ToString(const Usage& usage) {
  std::string text = "took " + InWords(usage.wall);
  if (usage.cpu.count() > 0) text += ", " + InWords(usage.cpu) + " of processor time";
  if (usage.peak_memory > 0) text += ", at most " + SizeInWords(usage.peak_memory) + " of memory";
  if (!usage.leftovers.empty()) {
    const size_t count = usage.leftovers.size() + static_cast<size_t>(usage.more_leftovers);
    text += "; " + std::to_string(count) +
            (count == 1 ? " process was left and " : " processes were left and ") +
            (usage.kept ? (count == 1 ? "runs on: " : "run on: ") : "ended: ");
    for (size_t i = 0; i < usage.leftovers.size() && i < 5; ++i)
      text += (i > 0 ? ", " : "") + usage.leftovers[i];
    if (count > 5) text += ", ...";
  }
  for (const std::string& remark : usage.remarks) text += "; " + remark;
  return text;
}

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
