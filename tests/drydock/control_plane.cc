#include "control_plane.h"

#include <algorithm>
#include <set>

#include "rules.h"

namespace kedge::drydock {
namespace {

Refusal WrongState(std::string message) {
  return {.code = RefusalCode::kInvalidStateTransition, .message = std::move(message)};
}

std::string Words(Status status) { return std::string(ToString(status)); }
std::string Words(JobStatus status) { return std::string(ToString(status)); }

// AWS's own words: clients look for them (reference 5.8).
std::string InStatus(const Job& job) { return "Job " + job.id + " in status " + Words(job.status); }

}  // namespace

Outcome<Done> ControlPlane::CheckTargets(const std::vector<std::string>& targets) const {
  for (const std::string& arn : targets) {
    const auto target = TargetIn(arn);
    const bool there = target && (target->is_group ? ledger_.FindGroup(target->name) != nullptr
                                                   : ledger_.FindThing(target->name) != nullptr);
    if (!there) return NotFound("target '" + arn + "' does not exist");
  }
  return Done{};
}

Outcome<const Job*> ControlPlane::CreateJob(Job job, Instant now) {
  if (const auto checked = CheckTargets(job.targets); !checked) return checked.refusal();
  return Add(std::move(job), now);
}

Outcome<const Job*> ControlPlane::CreateRawJob(const std::string& id, std::string document,
                                               const std::vector<std::string>& things, Instant now) {
  if (!IsJobId(id)) return InvalidRequest("jobId must match [a-zA-Z0-9_-]{1,64}");
  if (things.empty()) return InvalidRequest("no thing is named");
  Job job;
  job.id = id;
  job.document = std::move(document);
  for (const std::string& name : things) {
    if (const auto thing = FindThing(name); !thing) return thing.refusal();
    job.targets.push_back(account_.Arn("thing", name));
  }
  return Add(std::move(job), now);
}

Outcome<const Job*> ControlPlane::Add(Job job, Instant now) {
  if (ledger_.FindJob(job.id) != nullptr) {
    return Refusal{.code = RefusalCode::kResourceAlreadyExists,
                   .message = "job '" + job.id + "' already exists",
                   .resource_id = job.id,
                   .resource_arn = account_.Arn("job", job.id)};
  }
  return &ledger_.AddJob(std::move(job), now);
}

Outcome<Done> ControlPlane::UpdateJob(const std::string& id, const JobUpdate& update, Instant now) {
  const auto found = FindJob(id);
  if (!found) return found.refusal();
  Job& job = **found;
  if (job.Over()) {
    return InvalidRequest(InStatus(job) + " cannot be updated.");
  }
  if (update.timeout) job.timeout = update.timeout;
  if (update.retries) job.retries = *update.retries;
  if (update.aborts) job.aborts = *update.aborts;
  if (update.url_lifetime) job.url_lifetime = update.url_lifetime;
  job.settings.update(update.settings);
  job.last_updated_at = now;
  ledger_.Touch(job);
  return Done{};
}

Outcome<const Job*> ControlPlane::AssociateTargets(const std::string& id,
                                                   const std::vector<std::string>& targets,
                                                   const std::string& comment, Instant now) {
  const auto found = FindJob(id);
  if (!found) return found.refusal();
  Job& job = **found;
  if (!job.continuous || job.status != JobStatus::kInProgress) {
    return InvalidRequest("Job " + id + " must be CONTINUOUS and IN_PROGRESS to get further targets.");
  }
  std::set<std::string> all(job.targets.begin(), job.targets.end());
  all.insert(targets.begin(), targets.end());
  if (all.size() > kMaxTargets) {
    return Refusal{.code = RefusalCode::kLimitExceeded, .message = "a job has at most 100 targets in all"};
  }
  if (const auto checked = CheckTargets(targets); !checked) return checked.refusal();
  if (!comment.empty()) job.comment = comment;
  ledger_.AddTargets(job, targets, now);
  return static_cast<const Job*>(&job);
}

Outcome<Job*> ControlPlane::FindJob(const std::string& id) {
  if (!IsJobId(id)) return InvalidRequest("jobId must match [a-zA-Z0-9_-]{1,64}");
  Job* job = ledger_.FindJob(id);
  if (job == nullptr) return NotFound("job '" + id + "' does not exist");
  return job;
}

Outcome<Execution*> ControlPlane::FindExecution(const std::string& thing, const std::string& job_id,
                                                std::optional<int64_t> number) {
  if (!IsThingName(thing)) return InvalidRequest("thingName must match [a-zA-Z0-9:_-]{1,128}");
  if (!IsJobId(job_id)) return InvalidRequest("jobId must match [a-zA-Z0-9_-]{1,64}");
  Execution* execution = ledger_.FindExecution(thing, job_id, number);
  if (execution == nullptr) {
    return NotFound("there is no execution" + (number ? " " + std::to_string(*number) : std::string()) +
                    " of job '" + job_id + "' on thing '" + thing + "'");
  }
  return execution;
}

Outcome<const Job*> ControlPlane::DescribeJob(const std::string& id) {
  const auto job = FindJob(id);
  if (!job) return job.refusal();
  return static_cast<const Job*>(*job);
}

std::vector<const Job*> ControlPlane::ListJobs() const {
  std::vector<const Job*> jobs;
  for (const auto& [id, job] : ledger_.jobs()) jobs.push_back(&job);
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Job* a, const Job* b) { return a->created_at > b->created_at; });
  return jobs;
}

Outcome<const Job*> ControlPlane::CancelJob(const std::string& id, const CancelJobRequest& request,
                                            Instant now) {
  const auto found = FindJob(id);
  if (!found) return found.refusal();
  Job& job = **found;
  if (job.Over()) {
    return InvalidRequest(InStatus(job) + " cannot be canceled.");
  }
  ledger_.CancelJob(job, request.force, request.comment, request.reason_code, now);
  return static_cast<const Job*>(&job);
}

Outcome<Done> ControlPlane::DeleteJob(const std::string& id, bool force, Instant now) {
  const auto job = FindJob(id);
  if (!job) return job.refusal();
  if (!(*job)->Over() && !force) {
    return WrongState("Job " + id + " is in status " + Words((*job)->status) +
                      " and cannot be deleted without force.");
  }
  ledger_.EraseJob(id, now);
  return Done{};
}

Outcome<const Execution*> ControlPlane::DescribeExecution(const std::string& thing, const std::string& job_id,
                                                          std::optional<int64_t> number) {
  const auto execution = FindExecution(thing, job_id, number);
  if (!execution) return execution.refusal();
  return static_cast<const Execution*>(*execution);
}

Outcome<std::vector<const Execution*>> ControlPlane::ExecutionsOfThing(const std::string& name) {
  const auto thing = FindThing(name);
  if (!thing) return thing.refusal();
  std::vector<const Execution*> executions;
  for (const std::string& id : (*thing)->jobs) {
    for (const auto& [key, execution] : ledger_.FindJob(id)->executions) {
      if (key.first == name) executions.push_back(&execution);
    }
  }
  std::sort(executions.begin(), executions.end(),
            [](const Execution* a, const Execution* b) { return a->sequence > b->sequence; });
  return executions;
}

Outcome<std::vector<const Execution*>> ControlPlane::ExecutionsOfJob(const std::string& job_id) {
  const auto job = FindJob(job_id);
  if (!job) return job.refusal();
  std::vector<const Execution*> executions;
  for (const auto& [key, execution] : (*job)->executions) executions.push_back(&execution);
  return executions;
}

Outcome<Done> ControlPlane::CancelExecution(const std::string& thing, const std::string& job_id,
                                            const CancelExecutionRequest& request, Instant now) {
  const auto found = FindExecution(thing, job_id, std::nullopt);
  if (!found) return found.refusal();
  Execution& execution = **found;
  if (!execution.Open()) {
    return WrongState("Job Execution is in status " + Words(execution.status) + " and cannot be canceled.");
  }
  if (request.expected_version && *request.expected_version != execution.version) {
    return Refusal{.code = RefusalCode::kVersionMismatch,
                   .message = "Expected version " + std::to_string(*request.expected_version) +
                              " but found version " + std::to_string(execution.version)};
  }
  if (execution.status == Status::kInProgress && !request.force) {
    return WrongState("Job Execution is in status IN_PROGRESS and cannot be canceled without force.");
  }
  ledger_.Change(*ledger_.FindThing(thing), now, [&] {
    if (request.details) execution.details = request.details;
    execution.force_canceled = request.force;
    ledger_.End(execution, Status::kCanceled, now);
  });
  return Done{};
}

Outcome<Done> ControlPlane::DeleteExecution(const std::string& thing, const std::string& job_id,
                                            int64_t number, bool force, Instant now) {
  const auto found = FindExecution(thing, job_id, number);
  if (!found) return found.refusal();
  if ((*found)->status == Status::kInProgress && !force) {
    return WrongState("Job Execution is in status IN_PROGRESS and cannot be deleted without force.");
  }
  ledger_.EraseExecution(**found, now);
  return Done{};
}

}  // namespace kedge::drydock
