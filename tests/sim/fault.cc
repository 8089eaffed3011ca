#include "sim/fault.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace kedge::sim {
namespace {

constexpr std::pair<FaultKind, std::string_view> kWords[] = {
    {FaultKind::kCanceled, "canceled"},
    {FaultKind::kCanceledUnheard, "canceled-unheard"},
    {FaultKind::kTimedOut, "timed-out"},
    {FaultKind::kRemoved, "removed"},
    {FaultKind::kDeleted, "deleted"},
    {FaultKind::kGraceful, "graceful"},
    {FaultKind::kForced, "forced"},
    {FaultKind::kGracefulForced, "graceful-forced"},
    {FaultKind::kClear, "clear"},
    {FaultKind::kRetry, "retry"},
    {FaultKind::kTopicCancel, "topic-cancel"},
    {FaultKind::kShutdown, "shutdown"},
    {FaultKind::kPowerNone, "power-none"},
    {FaultKind::kPowerHalf, "power-half"},
    {FaultKind::kPowerAll, "power-all"},
    {FaultKind::kOfflineNone, "offline-none"},
    {FaultKind::kOfflineHalf, "offline-half"},
    {FaultKind::kOfflineAll, "offline-all"},
    {FaultKind::kKillNone, "kill-none"},
    {FaultKind::kKillHalf, "kill-half"},
    {FaultKind::kKillAll, "kill-all"},
    {FaultKind::kJournalLost, "journal-lost"},
    {FaultKind::kTouch, "touch"},
    {FaultKind::kElsewhere, "elsewhere"},
    {FaultKind::kAgain, "again"},
    {FaultKind::kAgainSameNumber, "again-same-number"},
    {FaultKind::kLinkDown, "link-down"},
    {FaultKind::kAway, "away"},
    {FaultKind::kThrottled, "throttled"},
    {FaultKind::kInternal, "internal"},
    {FaultKind::kDrop, "drop"},
    {FaultKind::kDouble, "double"},
    {FaultKind::kLate, "late"},
    {FaultKind::kDiskFull, "disk-full"},
    {FaultKind::kDiskBroken, "disk-broken"},
    {FaultKind::kWallJump, "wall-jump"},
};

std::string_view WordOf(FaultKind kind) {
  for (const auto& [k, word] : kWords) {
    if (k == kind) return word;
  }
  return "?";
}

bool Number(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool IsMessageFault(FaultKind kind) {
  return kind == FaultKind::kDrop || kind == FaultKind::kDouble || kind == FaultKind::kLate;
}

bool IsCrash(FaultKind kind) { return kind >= FaultKind::kPowerNone && kind <= FaultKind::kJournalLost; }

std::string ToString(const Fault& fault) {
  std::string text = std::to_string(fault.at) + ":" + std::string(WordOf(fault.kind));
  if (fault.arg != 0) text += "=" + std::to_string(fault.arg);
  return text;
}

std::string ToString(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += (text.empty() ? "" : " ") + ToString(fault);
  return text;
}

Result<Fault> FaultFrom(const std::string& text) {
  const Unexpected no{ErrorKind::kInvalid, "'" + text + "' is no fault; one looks like 31:power-half"};
  Fault fault;
  const size_t colon = text.find(':');
  if (colon == std::string::npos || !Number(std::string_view(text).substr(0, colon), &fault.at)) return no;
  std::string_view word = std::string_view(text).substr(colon + 1);
  if (const size_t equals = word.find('='); equals != std::string_view::npos) {
    if (!Number(word.substr(equals + 1), &fault.arg)) return no;
    word = word.substr(0, equals);
  }
  for (const auto& [kind, known] : kWords) {
    if (known != word) continue;
    fault.kind = kind;
    return fault;
  }
  return no;
}

}  // namespace kedge::sim
