#include "execution.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kedge::drydock {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 8> kWords = {{
    {Status::kQueued, "QUEUED"},
    {Status::kInProgress, "IN_PROGRESS"},
    {Status::kSucceeded, "SUCCEEDED"},
    {Status::kFailed, "FAILED"},
    {Status::kTimedOut, "TIMED_OUT"},
    {Status::kRejected, "REJECTED"},
    {Status::kRemoved, "REMOVED"},
    {Status::kCanceled, "CANCELED"},
}};

}  // namespace

std::string_view ToString(Status status) {
  return std::find_if(kWords.begin(), kWords.end(), [&](const auto& w) { return w.first == status; })->second;
}

std::optional<Status> StatusFrom(std::string_view word) {
  for (const auto& [status, text] : kWords) {
    if (text == word) return status;
  }
  return std::nullopt;
}

bool IsTerminal(Status status) { return status != Status::kQueued && status != Status::kInProgress; }

std::optional<Instant> Execution::Deadline() const {
  if (job_deadline && step_deadline) return std::min(*job_deadline, *step_deadline);
  return job_deadline ? job_deadline : step_deadline;
}

void Execution::Start(Instant now, std::optional<std::chrono::minutes> job_timeout) {
  status = Status::kInProgress;
  started_at = now;
  if (job_timeout) job_deadline = now + *job_timeout;
  Touch(now);
}

void Execution::End(Status terminal, Instant now, int64_t versions) {
  // A device may end what it never started (reference 3.2); a cancelled QUEUED one was never started by
  // anybody.
  const bool by_device =
      terminal == Status::kSucceeded || terminal == Status::kFailed || terminal == Status::kRejected;
  if (by_device && !started_at) started_at = now;
  if (terminal == Status::kFailed) ++times_failed;
  if (terminal == Status::kTimedOut) ++times_timed_out;
  status = terminal;
  last_end = terminal;
  job_deadline.reset();
  step_deadline.reset();
  Touch(now, versions);
}

void Execution::Report(Instant now) { Touch(now); }

void Execution::QueueAgain(Instant now) {
  status = Status::kQueued;
  queued_at = now;
  started_at.reset();
  ++retry_attempt;
  Touch(now);
}

void Execution::SetStepTimer(std::chrono::minutes minutes, Instant now) {
  if (minutes < std::chrono::minutes::zero()) {
    step_deadline.reset();
  } else {
    step_deadline = now + minutes;
  }
  changed = true;
}

void Execution::Touch(Instant now, int64_t versions) {
  last_updated_at = now;
  version += versions;
  changed = true;
}

}  // namespace kedge::drydock
