// A job: the document, its targets, and the executions that it has on things. An execution lives in its job
// and dies with it.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "execution.h"

namespace kedge::drydock {

enum class JobStatus { kScheduled, kInProgress, kCompleted, kCanceled, kDeletionInProgress };

std::string_view ToString(JobStatus status);

// One entry of jobExecutionsRetryConfig.
struct RetryRule {
  bool on_failed;
  bool on_timed_out;
  int64_t retries;
};

// One entry of abortConfig: cancel the job when, of at least so many things that have ended an execution of
// it, so many per cent ended the last one like this. A thing that tries again counts once.
struct AbortRule {
  bool on_failed;
  bool on_timed_out;
  bool on_rejected;
  double threshold_percent;
  int64_t least_executed;
};

// schedulingConfig.
struct Schedule {
  enum class End { kStopRollout, kCancel, kForceCancel };
  std::optional<Instant> start;  // SCHEDULED until then
  std::optional<Instant> end;
  End at_end = End::kStopRollout;
};

struct Job {
  std::string id;
  std::vector<std::string> targets;  // ARNs of things and thing groups, as given
  std::string document;              // with template parameters filled in; else byte for byte as given
  std::string source_document;       // of a template, before that; empty: the same
  bool continuous = false;
  std::optional<std::chrono::minutes> timeout;
  std::vector<RetryRule> retries;
  std::vector<AbortRule> aborts;
  Schedule schedule;
  std::optional<std::chrono::seconds>
      url_lifetime;  // of presigned URLs; absent: placeholders stay as they are
  // Members of CreateJob that DescribeJob only gives back: the configurations as they came, jobTemplateArn, …
  nlohmann::json settings = nlohmann::json::object();

  JobStatus status = JobStatus::kInProgress;
  bool force_canceled = false;
  std::string comment;
  std::string reason_code;
  Instant created_at;
  Instant last_updated_at;
  std::optional<Instant> completed_at;
  bool rollout_stopped = false;  // by the end of its schedule: no further execution is queued
  std::map<std::pair<std::string, int64_t>, Execution> executions;  // by thing and execution number
  std::optional<Instant> alarm;                                     // kept by the ledger: when it is due next

  bool Over() const { return status != JobStatus::kScheduled && status != JobStatus::kInProgress; }
  bool Rolling() const { return status == JobStatus::kInProgress && !rollout_stopped; }

  // How many things' latest execution has this status.
  int64_t CountThings(Status status) const;
  // The latest execution on this thing; null when there is none.
  Execution* Latest(const std::string& thing);
  // May this execution, which has just ended, be queued once more?
  bool RetryDue(const Execution& execution) const;
  // Which of the abort rules is met now.
  const AbortRule* AbortDue() const;
};

}  // namespace kedge::drydock
