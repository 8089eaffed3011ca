#include "job.h"

#include <algorithm>
#include <limits>

namespace kedge::drydock {

std::string_view ToString(JobStatus status) {
  switch (status) {
    case JobStatus::kScheduled:
      return "SCHEDULED";
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

int64_t Job::CountThings(Status status) const {
  int64_t count = 0;
  for (auto entry = executions.begin(); entry != executions.end(); ++entry) {
    const auto next = std::next(entry);
    const bool latest = next == executions.end() || next->first.first != entry->first.first;
    if (latest && entry->second.status == status) ++count;
  }
  return count;
}

Execution* Job::Latest(const std::string& thing) {
  auto after = executions.upper_bound({thing, std::numeric_limits<int64_t>::max()});
  if (after == executions.begin()) return nullptr;
  auto last = std::prev(after);
  return last->first.first == thing ? &last->second : nullptr;
}

bool Job::RetryDue(const Execution& execution) const {
  if (status != JobStatus::kInProgress) return false;
  return std::any_of(retries.begin(), retries.end(), [&](const RetryRule& rule) {
    const bool covered = (rule.on_failed && execution.status == Status::kFailed) ||
                         (rule.on_timed_out && execution.status == Status::kTimedOut);
    const int64_t used =
        (rule.on_failed ? execution.times_failed : 0) + (rule.on_timed_out ? execution.times_timed_out : 0);
    return covered && used <= rule.retries;
  });
}

const AbortRule* Job::AbortDue() const {
  if (status != JobStatus::kInProgress || aborts.empty()) return nullptr;
  std::map<std::string_view, Status> ends;  // by thing, its latest
  for (const auto& [key, execution] : executions) {
    if (execution.last_end) ends[key.first] = *execution.last_end;
  }
  for (const AbortRule& rule : aborts) {
    const auto bad = std::count_if(ends.begin(), ends.end(), [&](const auto& end) {
      return (rule.on_failed && end.second == Status::kFailed) ||
             (rule.on_timed_out && end.second == Status::kTimedOut) ||
             (rule.on_rejected && end.second == Status::kRejected);
    });
    const auto executed = static_cast<int64_t>(ends.size());
    if (executed == 0 || executed < rule.least_executed) continue;
    if (100.0 * static_cast<double>(bad) / static_cast<double>(executed) >= rule.threshold_percent)
      return &rule;
  }
  return nullptr;
}

}  // namespace kedge::drydock
