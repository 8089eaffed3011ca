#include "oci/follower.h"

#include <algorithm>

#include "payloads.h"

namespace kedge::drydock::oci {
namespace {

constexpr const char* kExecutionError = "TERRAFORM_EXECUTION_ERROR";
constexpr const char* kTimeout = "JOB_TIMEOUT";
constexpr const char* kInternal = "INTERNAL_SERVICE_ERROR";

std::string Detail(const StatusDetails& details, const char* key) {
  const auto found = details.find(key);
  return found == details.end() ? "" : found->second;
}

std::string Line(const StatusDetails& details) {
  std::string line;
  for (const auto& [key, value] : details) line += (line.empty() ? "" : ", ") + key + ": " + value;
  return line;
}

std::string Because(const StatusDetails& details) {
  const std::string reason = Detail(details, "reason");
  return reason.empty() ? "" : ": " + reason;
}

void SayDetails(Job& job, const StatusDetails& details, Instant now) {
  if (details == job.details) return;
  job.details = details;
  job.Say(now, Level::kInfo, job.thing + " reports " + Line(details));
}

// What the device wrote into its last report about the undoing.
void Judge(Job& job, Instant now) {
  const std::string verdict = Detail(job.details, "verdict");
  if (verdict == "unsafe" || verdict == "unknown") {
    job.Doubt(verdict, Detail(job.details, "difference"), now);
  } else if (!verdict.empty()) {
    job.Say(now, Level::kInfo, job.thing + " is as it was before (verdict " + verdict + ")");
  }
}

}  // namespace

bool Follower::Knows(const std::string& thing) const {
  return static_cast<bool>(service_.control().ExecutionsOfThing(thing));
}

void Follower::Follow(Job& job, Instant now) {
  if (job.queue_at && *job.queue_at <= now) Queue(job, now);
  if (!job.queue_at && !IsTerminal(job.state)) Look(job, now);
  if (job.cancel_at && *job.cancel_at <= now) CarryOutCancel(job, now);
  if (job.confirm_by && *job.confirm_by <= now) StopWaiting(job, now);
}

std::optional<Instant> Follower::NextWake(const Job& job) {
  std::optional<Instant> wake;
  for (const auto& due : {job.queue_at, job.cancel_at, job.confirm_by}) {
    if (due && (!wake || *due < *wake)) wake = due;
  }
  return wake;
}

void Follower::Queue(Job& job, Instant now) {
  const auto queued = service_.control().CreateRawJob(job.ExecutionId(), job.document, {job.thing}, now);
  if (!queued) return job.End(JobState::kFailed, now, Failure{kInternal, queued.refusal().message});
  job.queue_at.reset();
  job.Say(now, Level::kInfo, "queued on " + job.thing + " as " + job.ExecutionId());
}

void Follower::Look(Job& job, Instant now) {
  if (job.confirm_by) return;  // it is over there; the device's word is what is missing
  const auto found = service_.control().DescribeExecution(job.thing, job.ExecutionId(), std::nullopt);
  if (!found) return OnCalledOff(job, true, "was deleted", now);
  const Execution& execution = **found;
  // Who rejects what it never started has `started_at` all the same.
  if (execution.started_at && execution.status != Status::kRejected && !job.started) job.Start(now);
  if (execution.details) SayDetails(job, *execution.details, now);
  if (!execution.Open()) OnEnded(job, execution, now);
}

void Follower::OnEnded(Job& job, const Execution& execution, Instant now) {
  switch (execution.status) {
    case Status::kSucceeded:
      return job.End(JobState::kSucceeded, now);
    case Status::kFailed:
      OnFailed(job, execution, now);
      return Judge(job, now);
    case Status::kRejected:
      return job.End(JobState::kFailed, now,
                     Failure{kExecutionError, job.thing + " rejected the job" + Because(job.details)});
    case Status::kTimedOut:
      return job.End(JobState::kFailed, now,
                     Failure{kTimeout, job.thing + " took longer than it was given" + Because(job.details)});
    case Status::kRemoved:
      return OnCalledOff(job, true, "was removed from the thing", now);
    case Status::kCanceled:
      return OnCalledOff(job, execution.force_canceled, "was cancelled", now);
    case Status::kQueued:
    case Status::kInProgress:
      break;
  }
}

void Follower::OnFailed(Job& job, const Execution& execution, Instant now) {
  if (job.requests > 0 && job.answer != CancelAnswer::kRejected) {
    job.Say(now, Level::kInfo, job.thing + " has stopped" + Because(job.details));
    return job.End(JobState::kCanceled, now);
  }
  const bool silent = !execution.details || execution.details->empty();
  job.End(JobState::kFailed, now,
          Failure{kExecutionError,
                  job.thing + " reported FAILED" + (silent ? " without a reason" : Because(job.details))});
}

void Follower::OnCalledOff(Job& job, bool force, const std::string& how, Instant now) {
  if (!job.forced) job.Cancel(force, now);
  if (!job.started) {
    job.Say(now, Level::kInfo, "the execution " + how + " before " + job.thing + " had started it");
    return job.End(JobState::kCanceled, now);
  }
  job.confirm_by = now + settings_.stop_limit;
  job.Say(now, Level::kInfo,
          "the execution " + how + "; waiting for " + job.thing + " to say that it has stopped");
}

void Follower::StopWaiting(Job& job, Instant now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.stop_limit).count();
  job.Say(now, Level::kWarn,
          job.thing + " has not confirmed within " + std::to_string(seconds) +
              " s that it has stopped; it may still be at work, or left half changed");
  job.unconfirmed = true;
  job.End(JobState::kCanceled, now);
}

void Follower::Cancel(Job& job, bool force, Instant now) {
  if (job.state != JobState::kCanceling) {
    job.Cancel(force, now);
    job.cancel_at = now + settings_.cancel_delay;
  } else if (force && !*job.forced) {
    job.Cancel(true, now);
    if (!job.cancel_at) job.cancel_at = now;
  } else if (!*job.forced && job.requests > 0 && job.answer == CancelAnswer::kNone && !job.confirm_by) {
    RequestStop(job, now);  // the device may have been away when the first one was sent
  }
  Follow(job, now);
}

void Follower::CarryOutCancel(Job& job, Instant now) {
  job.cancel_at.reset();
  if (settings_.ignore_cancel) {
    return job.Say(now, Level::kDebug, "nothing is done about the cancel: drydock was told to ignore it");
  }
  if (job.queue_at) {
    job.Say(now, Level::kInfo, "canceled before it was queued on " + job.thing);
    return job.End(JobState::kCanceled, now);
  }
  const auto found = service_.control().DescribeExecution(job.thing, job.ExecutionId(), std::nullopt);
  if (!found || !(*found)->Open()) return;  // Look() has seen its end
  if ((*found)->status == Status::kInProgress && !*job.forced) return RequestStop(job, now);
  const auto done = service_.control().CancelExecution(job.thing, job.ExecutionId(),
                                                       CancelExecutionRequest{.force = *job.forced}, now);
  if (!done) return job.Say(now, Level::kError, "cannot cancel the execution: " + done.refusal().message);
  Look(job, now);
}

void Follower::RequestStop(Job& job, Instant now) {
  const std::string token = job.ExecutionId() + "-" + std::to_string(++job.requests);
  const nlohmann::json request = {{"jobId", job.ExecutionId()},
                                  {"force", false},
                                  {"reason", "CancelJob of OCI Resource Manager"},
                                  {"clientToken", token}};
  publications_.push_back({Publication::Kind::kRaw, job.thing, CancelTopic(job.thing), Dump(request)});
  job.Say(now, Level::kInfo, "asked " + job.thing + " to stop (request " + token + ")");
}

void Follower::OnReply(Job& job, const CancelReply& reply, Instant now) {
  if (reply.accepted) {
    job.answer = CancelAnswer::kAccepted;
  } else if (job.answer == CancelAnswer::kNone) {
    job.answer = CancelAnswer::kRejected;
  }
  job.Say(now, reply.accepted ? Level::kInfo : Level::kWarn,
          job.thing + (reply.accepted ? " will stop" : " refuses to stop") +
              (reply.message.empty() ? "" : ": " + reply.message));
}

void Follower::OnReport(Job& job, const DeviceReport& report, Instant now) {
  const std::string id = job.ExecutionId();
  const bool at_rest = report.AtRestAfter(id);
  if (at_rest && (job.confirm_by || job.unconfirmed)) {
    const std::string verdict = report.verdict.empty() ? "" : " (verdict " + report.verdict + ")";
    job.Say(now, Level::kInfo, job.thing + " has stopped" + verdict);
    job.unconfirmed = false;
    if (job.confirm_by) job.End(JobState::kCanceled, now);
  }
  if (report.quarantined_by == id) job.Doubt("unsafe", report.quarantine_reason, now);
  if (at_rest && (report.verdict == "unsafe" || report.verdict == "unknown"))
    job.Doubt(report.verdict, "", now);
}

}  // namespace kedge::drydock::oci
