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

enum class JobStatus { kInProgress, kCompleted, kCanceled, kDeletionInProgress };

std::string_view ToString(JobStatus status);

// One entry of jobExecutionsRetryConfig.
struct RetryRule {
  bool on_failed;
  bool on_timed_out;
  int64_t retries;
};

struct Job {
  std::string id;
  std::vector<std::string> targets;  // ARNs, as given
  std::string document;              // as given, byte for byte; goes into MQTT payloads verbatim
  bool continuous = false;
  std::optional<std::chrono::minutes> timeout;
  std::vector<RetryRule> retries;
  nlohmann::json settings =
      nlohmann::json::object();  // members of CreateJob that DescribeJob only gives back

  JobStatus status = JobStatus::kInProgress;
  bool force_canceled = false;
  std::string comment;
  std::string reason_code;
  Instant created_at;
  Instant last_updated_at;
  std::optional<Instant> completed_at;
  std::map<std::pair<std::string, int64_t>, Execution> executions;  // by thing and execution number

  // How many executions have this status.
  int64_t Count(Status status) const;
  // The latest execution on this thing; null when there is none.
  Execution* Latest(const std::string& thing);
  // May an execution that just ended as `ended` on this thing be queued once more?
  bool RetryDue(const std::string& thing, Status ended) const;
};

}  // namespace kedge::drydock
