#include "cancel/states.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace kedge::cancel {
namespace {

constexpr std::pair<Awaited, std::string_view> kWords[] = {
    {Awaited::kQueued, "QUEUED"},          {Awaited::kAccepted, "ACCEPTED"},
    {Awaited::kInProgress, "IN_PROGRESS"}, {Awaited::kCanceling, "CANCELING"},
    {Awaited::kSucceeded, "SUCCEEDED"},    {Awaited::kFailed, "FAILED"},
    {Awaited::kCanceled, "CANCELED"},      {Awaited::kTimedOut, "TIMED_OUT"},
    {Awaited::kRejected, "REJECTED"},      {Awaited::kRemoved, "REMOVED"}};

std::string Upper(std::string_view word) {
  std::string upper(word);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

}  // namespace

std::optional<Awaited> AwaitedFrom(std::string_view word) {
  std::string upper = Upper(word);
  if (upper == "CANCELLED" || upper == "CANCELLING") upper.erase(6, 1);  // as the British write it
  for (const auto& [state, name] : kWords) {
    if (name == upper) return state;
  }
  return std::nullopt;
}

std::string_view ToString(Awaited state) {
  for (const auto& [known, name] : kWords) {
    if (known == state) return name;
  }
  return "?";
}

std::string AllAwaited() {
  std::string all;
  for (const auto& [state, name] : kWords) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

std::vector<Awaited> HoldingStates(const Stand& stand) {
  if (!stand.over) {
    if (!stand.begun) return {Awaited::kQueued, Awaited::kAccepted, Awaited::kCanceling};
    return {Awaited::kInProgress, Awaited::kCanceling};
  }
  switch (stand.status) {
    case JobStatus::kSucceeded:
      return {Awaited::kSucceeded};
    case JobStatus::kFailed:
      return {Awaited::kFailed, Awaited::kCanceled};
    case JobStatus::kCanceled:
      return {Awaited::kCanceled};
    case JobStatus::kTimedOut:
      return {Awaited::kTimedOut};
    case JobStatus::kRejected:
      return {Awaited::kRejected};
    case JobStatus::kRemoved:
      return {Awaited::kRemoved};
    case JobStatus::kQueued:
    case JobStatus::kInProgress:
      break;
  }
  return {};
}

}  // namespace kedge::cancel
