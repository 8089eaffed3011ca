#include "job.h"

#include <algorithm>
#include <limits>

namespace kedge::drydock {

std::string_view ToString(JobStatus status) {
  switch (status) {
    case JobStatus::kInProgress:
      return "IN_PROGRESS";
    case JobStatus::kCompleted:
      return "COMPLETED";
    case JobStatus::kCanceled:
      return "CANCELED";
    case JobStatus::kDeletionInProgress:
      return "DELETION_IN_PROGRESS";
  }
  return "";
}

int64_t Job::Count(Status status) const {
  return std::count_if(executions.begin(), executions.end(),
                       [&](const auto& entry) { return entry.second.status == status; });
}

Execution* Job::Latest(const std::string& thing) {
  auto after = executions.upper_bound({thing, std::numeric_limits<int64_t>::max()});
  if (after == executions.begin()) return nullptr;
  auto last = std::prev(after);
  return last->first.first == thing ? &last->second : nullptr;
}

bool Job::RetryDue(const std::string& thing, Status ended) const {
  if (status != JobStatus::kInProgress) return false;
  const auto covers = [](const RetryRule& rule, Status s) {
    return (rule.on_failed && s == Status::kFailed) || (rule.on_timed_out && s == Status::kTimedOut);
  };
  for (const RetryRule& rule : retries) {
    if (!covers(rule, ended)) continue;
    const auto used = std::count_if(executions.begin(), executions.end(), [&](const auto& entry) {
      return entry.first.first == thing && covers(rule, entry.second.status);
    });
    if (used <= rule.retries) return true;
  }
  return false;
}

}  // namespace kedge::drydock
