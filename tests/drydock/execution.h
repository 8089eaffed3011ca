// One execution of a job on one thing, and the changes it can go through (reference aws-iot-jobs.md, 3).
// The methods change this record only; who must hear of it is the ledger's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "instant.h"

namespace kedge::drydock {

enum class Status { kQueued, kInProgress, kSucceeded, kFailed, kTimedOut, kRejected, kRemoved, kCanceled };

std::string_view ToString(Status status);
std::optional<Status> StatusFrom(std::string_view word);
bool IsTerminal(Status status);

using StatusDetails = std::map<std::string, std::string>;

// What a device is told of an execution when its update is refused, or when it asks for it.
struct ExecutionState {
  Status status;
  std::optional<StatusDetails> details;
  int64_t version;
};

struct Execution {
  std::string job_id;
  std::string thing;
  int64_t number = 1;
  uint64_t sequence = 0;  // order of creation over the whole service: identity, and the tie-break of queuedAt
  Status status = Status::kQueued;
  int64_t version = 1;
  Instant queued_at;
  Instant last_updated_at;
  std::optional<Instant> started_at;
  std::optional<StatusDetails> details;  // absent until first set
  std::optional<Instant> job_deadline;   // of the job's timeoutConfig; cannot be moved
  std::optional<Instant> step_deadline;  // of stepTimeoutInMinutes; each new one replaces it
  bool force_canceled = false;
  int64_t retry_attempt = 0;
  int64_t times_failed = 0;        // of this attempt and those that it repeats
  int64_t times_timed_out = 0;     // likewise
  std::optional<Status> last_end;  // also of one that is queued again under the same number
  bool changed = true;             // for the ledger: there is something to write down
  std::optional<Status> told;      // for the ledger: the status that it last wrote down

  bool Open() const { return !IsTerminal(status); }
  ExecutionState State() const { return {status, details, version}; }
  // The earlier of the two timers; none when neither runs.
  std::optional<Instant> Deadline() const;

  // Each of these is one version more; End() may be told otherwise.
  void Start(Instant now, std::optional<std::chrono::minutes> job_timeout);
  void End(Status terminal, Instant now, int64_t versions = 1);
  void Report(Instant now);  // while IN_PROGRESS
  void QueueAgain(Instant now);
  // A positive number of minutes from now, or -1: no step timer.
  void SetStepTimer(std::chrono::minutes minutes, Instant now);

 private:
  void Touch(Instant now, int64_t versions = 1);
};

}  // namespace kedge::drydock
