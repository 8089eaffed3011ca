#include "control_plane.h"

#include <algorithm>

#include "rules.h"

namespace kedge::drydock {
namespace {

Refusal WrongState(std::string message) {
  return {.code = RefusalCode::kInvalidStateTransition, .message = std::move(message)};
}

std::string Words(Status status) { return std::string(ToString(status)); }
std::string Words(JobStatus status) { return std::string(ToString(status)); }

}  // namespace

Outcome<const Thing*> ControlPlane::CreateThing(const std::string& name, const nlohmann::json& settings) {
  if (!IsThingName(name)) return InvalidRequest("thingName must match [a-zA-Z0-9:_-]{1,128}");
  const Thing* thing = ledger_.FindThing(name);
  if (thing == nullptr) return &ledger_.AddThing(name, settings);
  if (thing->settings == settings) return thing;
  return Refusal{.code = RefusalCode::kResourceAlreadyExists,
                 .message = "thing '" + name + "' already exists with other settings",
                 .resource_id = name,
                 .resource_arn = account_.Arn("thing", name)};
}

// The account and region in the ARN are not compared: documents and scripts carry those of real accounts.
Outcome<Thing*> ControlPlane::Target(const std::string& arn) {
  if (!arn.starts_with("arn:aws:iot:") || arn.size() > 2048) {
    return InvalidRequest("target '" + arn + "' is not an ARN of a thing");
  }
  const auto kind_at = arn.find_last_of(':', arn.find('/'));
  const auto slash = arn.find('/');
  if (slash == std::string::npos) return InvalidRequest("target '" + arn + "' is not an ARN of a thing");
  const std::string kind = arn.substr(kind_at + 1, slash - kind_at - 1);
  const std::string name = arn.substr(slash + 1);
  if (kind == "thinggroup")
    return NotFound("thing group '" + name + "' does not exist; drydock has no thing groups");
  if (kind != "thing" || !IsThingName(name))
    return InvalidRequest("target '" + arn + "' is not an ARN of a thing");
  Thing* thing = ledger_.FindThing(name);
  if (thing == nullptr) return NotFound("target '" + arn + "' does not exist");
  return thing;
}

Outcome<const Job*> ControlPlane::CreateJob(Job job, Instant now) {
  if (!IsJobId(job.id)) return InvalidRequest("jobId must match [a-zA-Z0-9_-]{1,64}");
  if (job.targets.empty() || job.targets.size() > 100)
    return InvalidRequest("targets must name 1 to 100 things");
  std::vector<Thing*> things;
  for (const std::string& arn : job.targets) {
    const auto thing = Target(arn);
    if (!thing) return thing.refusal();
    if (std::find(things.begin(), things.end(), *thing) == things.end()) things.push_back(*thing);
  }
  return Add(std::move(job), things, now);
}

Outcome<const Job*> ControlPlane::CreateRawJob(const std::string& id, std::string document,
                                               const std::vector<std::string>& things, Instant now) {
  if (!IsJobId(id)) return InvalidRequest("jobId must match [a-zA-Z0-9_-]{1,64}");
  if (things.empty()) return InvalidRequest("no thing is named");
  Job job;
  job.id = id;
  job.document = std::move(document);
  std::vector<Thing*> found;
  for (const std::string& name : things) {
    Thing* thing = ledger_.FindThing(name);
    if (thing == nullptr) return NotFound("thing '" + name + "' does not exist");
    found.push_back(thing);
    job.targets.push_back(account_.Arn("thing", name));
  }
  return Add(std::move(job), found, now);
}

Outcome<const Job*> ControlPlane::Add(Job job, const std::vector<Thing*>& things, Instant now) {
  if (ledger_.FindJob(job.id) != nullptr) {
    return Refusal{.code = RefusalCode::kResourceAlreadyExists,
                   .message = "job '" + job.id + "' already exists",
                   .resource_id = job.id,
                   .resource_arn = account_.Arn("job", job.id)};
  }
  return &ledger_.AddJob(std::move(job), things, now);
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
  if (job.status != JobStatus::kInProgress) {
    return InvalidRequest("Job " + id + " is in status " + Words(job.status) + " and cannot be canceled.");
  }
  job.status = JobStatus::kCanceled;  // first, so that no retry follows and it does not complete
  job.force_canceled = request.force;
  job.comment = request.comment;
  job.reason_code = request.reason_code;
  job.last_updated_at = job.completed_at.emplace(now);
  for (auto& [key, execution] : job.executions) {
    if (execution.status != Status::kQueued && !(request.force && execution.Open())) continue;
    ledger_.Change(*ledger_.FindThing(execution.thing), now, [&, &e = execution] {
      e.force_canceled = request.force;
      e.End(Status::kCanceled, now);
    });
  }
  return static_cast<const Job*>(&job);
}

Outcome<Done> ControlPlane::DeleteJob(const std::string& id, bool force, Instant now) {
  const auto job = FindJob(id);
  if (!job) return job.refusal();
  if ((*job)->status == JobStatus::kInProgress && !force) {
    return WrongState("Job " + id + " is in status IN_PROGRESS and cannot be deleted without force.");
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
  if (!IsThingName(name)) return InvalidRequest("thingName must match [a-zA-Z0-9:_-]{1,128}");
  const Thing* thing = ledger_.FindThing(name);
  if (thing == nullptr) return NotFound("thing '" + name + "' does not exist");
  std::vector<const Execution*> executions;
  for (const std::string& id : thing->jobs) {
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
    execution.End(Status::kCanceled, now);
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
