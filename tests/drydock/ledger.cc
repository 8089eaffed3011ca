#include "ledger.h"

#include <algorithm>
#include <tuple>

#include "payloads.h"
#include "rules.h"

namespace kedge::drydock {
namespace {

// What the events are decided from: who is on the list, in which order, how.
using Listed = std::vector<std::pair<uint64_t, Status>>;

Listed List(const std::vector<Execution*>& executions) {
  Listed list;
  for (const Execution* e : executions) list.emplace_back(e->sequence, e->status);
  return list;
}

std::set<uint64_t> Identities(const Listed& list) {
  std::set<uint64_t> ids;
  for (const auto& [id, status] : list) ids.insert(id);
  return ids;
}

std::pair<uint64_t, Status> Head(const Listed& list) {
  return list.empty() ? std::pair{uint64_t{0}, Status::kQueued} : list.front();
}

Transition Became(const Execution& e, std::optional<Status> from, std::optional<Status> to) {
  return {e.thing, e.job_id, e.number, from, to, e.version};
}

}  // namespace

// The account and region are not looked at: documents and scripts carry those of real accounts.
std::optional<TargetName> TargetIn(const std::string& arn) {
  const auto slash = arn.find('/');
  if (!arn.starts_with("arn:aws:iot:") || arn.size() > 2048 || slash == std::string::npos)
    return std::nullopt;
  const auto colon = arn.find_last_of(':', slash);
  const std::string kind = arn.substr(colon + 1, slash - colon - 1);
  std::string name = arn.substr(slash + 1);
  if ((kind != "thing" && kind != "thinggroup") || !IsThingName(name)) return std::nullopt;
  return TargetName{kind == "thinggroup", std::move(name)};
}

Thing* Ledger::FindThing(const std::string& name) {
  auto found = things_.find(name);
  return found == things_.end() ? nullptr : &found->second;
}

Group* Ledger::FindGroup(const std::string& name) {
  auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

Job* Ledger::FindJob(const std::string& id) {
  auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

Execution* Ledger::FindExecution(const std::string& thing, const std::string& job_id,
                                 std::optional<int64_t> number) {
  Job* job = FindJob(job_id);
  if (job == nullptr) return nullptr;
  if (!number) return job->Latest(thing);
  auto found = job->executions.find({thing, *number});
  return found == job->executions.end() ? nullptr : &found->second;
}

Thing& Ledger::AddThing(std::string name, nlohmann::json settings) {
  changed_things_.insert(name);
  Thing& thing = things_[name];
  thing.name = std::move(name);
  thing.settings = std::move(settings);
  return thing;
}

void Ledger::EraseThing(const std::string& name, Instant now) {
  Thing& thing = things_.at(name);
  for (auto& [group_name, group] : groups_) {
    if (group.things.erase(name) > 0) changed_groups_.insert(group_name);
  }
  for (const std::string& id : std::set<std::string>(thing.jobs)) {
    Job& job = jobs_.at(id);
    while (Execution* execution = job.Latest(name)) EraseExecution(*execution, now);
  }
  things_.erase(name);
  changed_things_.insert(name);
}

Group& Ledger::AddGroup(std::string name, nlohmann::json settings) {
  changed_groups_.insert(name);
  Group& group = groups_[name];
  group.name = std::move(name);
  group.settings = std::move(settings);
  return group;
}

void Ledger::EraseGroup(const std::string& name, Instant now) {
  Group& group = groups_.at(name);
  for (const std::string& thing : std::set<std::string>(group.things)) Leave(group, things_.at(thing), now);
  groups_.erase(name);
  changed_groups_.insert(name);
}

void Ledger::Join(Group& group, Thing& thing, Instant now) {
  std::vector<Job*> fresh;  // jobs that have not had this thing among their targets so far
  for (auto& [id, job] : jobs_) {
    if (job.continuous && job.Rolling() && !IsTarget(job, thing.name)) fresh.push_back(&job);
  }
  if (!group.things.insert(thing.name).second) return;
  changed_groups_.insert(group.name);
  for (Job* job : fresh) {
    if (!IsTarget(*job, thing.name)) continue;
    Change(thing, now, [&] { Queue(*job, thing, nullptr, now); });
    Touch(*job);
  }
}

void Ledger::Leave(Group& group, Thing& thing, Instant now) {
  if (group.things.erase(thing.name) == 0) return;
  changed_groups_.insert(group.name);
  for (auto& [id, job] : jobs_) {
    Execution* execution = job.Latest(thing.name);
    const bool runs =
        job.continuous && job.status == JobStatus::kInProgress && execution != nullptr && execution->Open();
    if (!runs || IsTarget(job, thing.name)) continue;
    Change(thing, now, [&] { End(*execution, Status::kRemoved, now); });
  }
}

bool Ledger::IsTarget(const Job& job, const std::string& thing) const {
  return std::any_of(job.targets.begin(), job.targets.end(), [&](const std::string& arn) {
    const auto target = TargetIn(arn);
    if (!target) return false;
    if (!target->is_group) return target->name == thing;
    const auto group = groups_.find(target->name);
    return group != groups_.end() && group->second.things.contains(thing);
  });
}

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
      QueueIfMissing(job, things_.at(target->name), now);
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

void Ledger::EraseExecution(Execution& execution, Instant now) {
  Job& job = jobs_.at(execution.job_id);
  Thing& thing = things_.at(execution.thing);
  transitions_.push_back(Became(execution, execution.status, std::nullopt));
  Change(thing, now, [&] { Remove(thing, execution); });
  CloseIfDone(job, now);
}

void Ledger::Touch(Job& job) {
  changed_jobs_.insert(job.id);
  if (job.alarm) alarms_.erase({*job.alarm, job.id});
  job.alarm.reset();
  if (job.status == JobStatus::kScheduled) job.alarm = job.schedule.start;
  if (job.Rolling()) job.alarm = job.schedule.end;
  if (job.alarm) alarms_.insert({*job.alarm, job.id});
}

std::vector<Execution*> Ledger::Pending(const Thing& thing) const {
  std::vector<Execution*> pending;
  for (Execution* e : thing.open) {
    if (e->Open()) pending.push_back(e);
  }
  std::sort(pending.begin(), pending.end(), [](const Execution* a, const Execution* b) {
    const auto rank = [](const Execution* e) {
      return std::make_tuple(e->status == Status::kQueued, e->queued_at, e->sequence);
    };
    return rank(a) < rank(b);
  });
  return pending;
}

void Ledger::Change(Thing& thing, Instant now, const std::function<void()>& change) {
  const Listed before = List(Pending(thing));
  change();
  const std::vector<Execution*> ended = Refresh(thing);
  const auto pending = Pending(thing);
  const Listed after = List(pending);

  const bool other_list = Identities(after) != Identities(before);
  const bool other_head = Head(after).first != Head(before).first;
  const bool chatty = readings_.chatty_notify;
  if (other_list || (chatty && after != before)) {
    events_.push_back({Event::Kind::kNotify, thing.name, NotifyPayload(pending, now)});
  }
  if (other_head || (chatty && Head(after) != Head(before))) {
    const Execution* next = pending.empty() ? nullptr : pending.front();
    const std::string document = next == nullptr ? "" : Delivered(jobs_.at(next->job_id), now);
    events_.push_back({Event::Kind::kNotifyNext, thing.name,
                       NotifyNextPayload(next, next == nullptr ? nullptr : &document, now)});
  }

  for (Execution* e : ended) {
    Job& job = jobs_.at(e->job_id);
    // Apart from the end itself: the device hears of the empty place first, then of the new execution.
    if (job.RetryDue(*e)) Retry(job, thing, *e, now);
    if (const AbortRule* rule = job.AbortDue()) {
      CancelJob(job, false,
                "Aborted: " + std::to_string(rule->least_executed) + " or more things executed the job and " +
                    "the failures reached the threshold of abortConfig.",
                "ABORT_CONFIG_THRESHOLD_REACHED", now);
    }
    CloseIfDone(job, now);
  }
}

void Ledger::End(Execution& execution, Status terminal, Instant now) const {
  execution.End(terminal, now, readings_.no_version_bump ? 0 : 1);
}

std::string Ledger::Delivered(const Job& job, Instant now) {
  if (!job.url_lifetime) return job.document;
  return presigner_.Deliver(job.document, *job.url_lifetime, now);
}

void Ledger::Retry(Job& job, Thing& thing, Execution& ended, Instant now) {
  Change(thing, now, [&] {
    if (!readings_.retry_keeps_number) return Queue(job, thing, &ended, now);
    ended.QueueAgain(now);
    ended.sequence = ++sequence_;
    thing.open.push_back(&ended);
  });
}

void Ledger::Remove(Thing& thing, Execution& execution) {
  std::erase(thing.open, &execution);
  Job& job = jobs_.at(execution.job_id);
  changed_executions_.insert({job.id, execution.thing, execution.number});
  job.executions.erase({execution.thing, execution.number});
  if (job.Latest(thing.name) == nullptr) thing.jobs.erase(job.id);
}

void Ledger::Tick(Instant now) {
  for (auto due = NextDeadline(); due && *due <= now; due = NextDeadline()) {
    if (!alarms_.empty() && alarms_.begin()->first == *due) {
      FireAlarm(jobs_.at(alarms_.begin()->second), now);
      continue;
    }
    Thing& thing = things_.at(deadlines_.begin()->second);
    const auto late = std::find_if(thing.open.begin(), thing.open.end(),
                                   [&](const Execution* e) { return e->Deadline() == thing.deadline; });
    Change(thing, now, [&] { End(**late, Status::kTimedOut, now); });
  }
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

std::optional<Instant> Ledger::NextDeadline() const {
  if (deadlines_.empty() && alarms_.empty()) return std::nullopt;
  if (alarms_.empty()) return deadlines_.begin()->first;
  if (deadlines_.empty()) return alarms_.begin()->first;
  return std::min(deadlines_.begin()->first, alarms_.begin()->first);
}

void Ledger::Queue(Job& job, Thing& thing, const Execution* retried, Instant now) {
  const Execution* latest = job.Latest(thing.name);
  Execution execution;
  execution.job_id = job.id;
  execution.thing = thing.name;
  execution.number = latest == nullptr ? 1 : latest->number + 1;
  execution.sequence = ++sequence_;
  execution.queued_at = execution.last_updated_at = now;
  if (retried != nullptr) {
    execution.retry_attempt = retried->retry_attempt + 1;
    execution.times_failed = retried->times_failed;
    execution.times_timed_out = retried->times_timed_out;
  }
  Execution& queued = job.executions[{thing.name, execution.number}] = std::move(execution);
  thing.open.push_back(&queued);
  thing.jobs.insert(job.id);
}

// Brings `open`, the deadlines and the records up to date; gives the executions that have ended.
std::vector<Execution*> Ledger::Refresh(Thing& thing) {
  for (Execution* e : thing.open) {
    if (std::exchange(e->changed, false)) WriteDown(*e);
  }
  std::vector<Execution*> ended;
  std::copy_if(thing.open.begin(), thing.open.end(), std::back_inserter(ended),
               [](const Execution* e) { return !e->Open(); });
  std::erase_if(thing.open, [](const Execution* e) { return !e->Open(); });

  if (thing.deadline) deadlines_.erase({*thing.deadline, thing.name});
  thing.deadline.reset();
  for (const Execution* e : thing.open) {
    const auto deadline = e->Deadline();
    if (deadline && (!thing.deadline || *deadline < *thing.deadline)) thing.deadline = deadline;
  }
  if (thing.deadline) deadlines_.insert({*thing.deadline, thing.name});
  return ended;
}

void Ledger::WriteDown(Execution& execution) {
  changed_executions_.insert({execution.job_id, execution.thing, execution.number});
  if (execution.told != execution.status) {
    transitions_.push_back(Became(execution, execution.told, execution.status));
    execution.told = execution.status;
  }
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

}  // namespace kedge::drydock
