// The ledger's jobs: rolled out, cancelled, aborted, scheduled, completed, deleted.

#include <algorithm>

#include "ledger.h"

namespace kedge::drydock {

Job& Ledger::AddJob(Job job, Instant now) {
  Job& added = jobs_[job.id];
  added = std::move(job);
  added.created_at = added.last_updated_at = now;
  new_documents_.insert(added.id);
  if (added.schedule.start && *added.schedule.start > now) added.status = JobStatus::kScheduled;
  if (added.status == JobStatus::kInProgress) RollOut(added, now);
  Touch(added);
  return added;
}

// At once, whatever the rate that the job asks for.
void Ledger::RollOut(Job& job, Instant now) {
  for (const std::string& arn : job.targets) {
    const auto target = TargetIn(arn);
    if (!target) continue;
    if (!target->is_group) {
      // Its thing may have been deleted since: before the job's time, or before further targets came.
      if (Thing* thing = FindThing(target->name)) QueueIfMissing(job, *thing, now);
    } else if (const Group* group = FindGroup(target->name)) {
      for (const std::string& thing : group->things) QueueIfMissing(job, things_.at(thing), now);
    }
  }
  CloseIfDone(job, now);  // an empty group has nothing to do
}

void Ledger::QueueIfMissing(Job& job, Thing& thing, Instant now) {
  if (job.Latest(thing.name) != nullptr) return;
  Change(thing, now, [&] { Queue(job, thing, nullptr, now); });
}

void Ledger::AddTargets(Job& job, const std::vector<std::string>& arns, Instant now) {
  for (const std::string& arn : arns) {
    if (std::find(job.targets.begin(), job.targets.end(), arn) == job.targets.end())
      job.targets.push_back(arn);
  }
  job.last_updated_at = now;
  if (job.Rolling()) RollOut(job, now);
  Touch(job);
}

void Ledger::CancelJob(Job& job, bool force, std::string comment, std::string reason_code, Instant now) {
  job.status = JobStatus::kCanceled;  // first, so that no retry follows and it does not complete
  job.force_canceled = force;
  job.comment = std::move(comment);
  job.reason_code = std::move(reason_code);
  job.last_updated_at = job.completed_at.emplace(now);
  Touch(job);
  for (auto& [key, execution] : job.executions) {
    if (execution.status != Status::kQueued && !(force && execution.Open())) continue;
    Change(things_.at(execution.thing), now, [&, &e = execution] {
      e.force_canceled = force;
      End(e, Status::kCanceled, now);
    });
  }
}

void Ledger::EraseJob(const std::string& id, Instant now) {
  Job& job = jobs_.at(id);
  job.status = JobStatus::kDeletionInProgress;
  while (!job.executions.empty()) EraseExecution(job.executions.begin()->second, now);
  if (job.alarm) alarms_.erase({*job.alarm, id});
  jobs_.erase(id);
  changed_jobs_.insert(id);
}

void Ledger::Touch(Job& job) {
  changed_jobs_.insert(job.id);
  if (job.alarm) alarms_.erase({*job.alarm, job.id});
  job.alarm.reset();
  if (job.status == JobStatus::kScheduled) job.alarm = job.schedule.start;
  if (job.Rolling()) job.alarm = job.schedule.end;
  if (job.alarm) alarms_.insert({*job.alarm, job.id});
}

void Ledger::FireAlarm(Job& job, Instant now) {
  if (job.status == JobStatus::kScheduled) {
    job.status = JobStatus::kInProgress;
    job.last_updated_at = now;
    RollOut(job, now);
  } else if (job.schedule.at_end == Schedule::End::kStopRollout) {
    job.rollout_stopped = true;
    job.last_updated_at = now;
  } else {
    const bool force = job.schedule.at_end == Schedule::End::kForceCancel;
    CancelJob(job, force, "The end time of schedulingConfig was reached.", "SCHEDULE_END_TIME_REACHED", now);
  }
  Touch(job);
}

void Ledger::CloseIfDone(Job& job, Instant now) {
  if (job.status != JobStatus::kInProgress || job.continuous) return;
  const bool done = std::none_of(job.executions.begin(), job.executions.end(),
                                 [](const auto& entry) { return entry.second.Open(); });
  if (!done) return;
  job.status = JobStatus::kCompleted;
  job.completed_at = job.last_updated_at = now;
  Touch(job);
}

std::string Ledger::Delivered(const Job& job, Instant now) {
  if (!job.url_lifetime) return job.document;
  return presigner_.Deliver(job.document, *job.url_lifetime, now);
}

}  // namespace kedge::drydock
