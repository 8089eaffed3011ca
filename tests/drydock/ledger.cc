#include "ledger.h"

#include <algorithm>
#include <tuple>

#include "payloads.h"

namespace kedge::drydock {
namespace {

std::set<uint64_t> Identities(const std::vector<Execution*>& executions) {
  std::set<uint64_t> ids;
  for (const Execution* e : executions) ids.insert(e->sequence);
  return ids;
}

uint64_t Head(const std::vector<Execution*>& executions) {
  return executions.empty() ? 0 : executions.front()->sequence;
}

}  // namespace

Thing* Ledger::FindThing(const std::string& name) {
  auto found = things_.find(name);
  return found == things_.end() ? nullptr : &found->second;
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
  Thing& thing = things_[name];
  thing.name = std::move(name);
  thing.settings = std::move(settings);
  return thing;
}

Job& Ledger::AddJob(Job job, const std::vector<Thing*>& things, Instant now) {
  Job& added = jobs_[job.id];
  added = std::move(job);
  added.created_at = added.last_updated_at = now;
  for (Thing* thing : things) {
    Change(*thing, now, [&] { Queue(added, *thing, 0, now); });
  }
  return added;
}

void Ledger::EraseJob(const std::string& id, Instant now) {
  Job& job = jobs_.at(id);
  job.status = JobStatus::kDeletionInProgress;
  while (!job.executions.empty()) EraseExecution(job.executions.begin()->second, now);
  jobs_.erase(id);
}

void Ledger::EraseExecution(Execution& execution, Instant now) {
  Job& job = jobs_.at(execution.job_id);
  Thing& thing = things_.at(execution.thing);
  Change(thing, now, [&] { Remove(thing, execution); });
  CloseIfDone(job, now);
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
  const auto before = Pending(thing);
  const auto ids_before = Identities(before);
  const uint64_t head_before = Head(before);
  change();
  const std::vector<Execution*> ended = Refresh(thing);
  const auto after = Pending(thing);

  if (Identities(after) != ids_before) {
    events_.push_back({Event::Kind::kNotify, thing.name, NotifyPayload(after, now)});
  }
  if (Head(after) != head_before) {
    const Execution* next = after.empty() ? nullptr : after.front();
    const std::string* document = next == nullptr ? nullptr : &jobs_.at(next->job_id).document;
    events_.push_back({Event::Kind::kNotifyNext, thing.name, NotifyNextPayload(next, document, now)});
  }

  for (Execution* e : ended) {
    Job& job = jobs_.at(e->job_id);
    // Apart from the end itself: the device hears of the empty place first, then of the new execution.
    if (job.RetryDue(thing.name, e->status)) {
      Change(thing, now, [&] { Queue(job, thing, e->retry_attempt + 1, now); });
    }
    CloseIfDone(job, now);
  }
}

void Ledger::Remove(Thing& thing, Execution& execution) {
  std::erase(thing.open, &execution);
  Job& job = jobs_.at(execution.job_id);
  job.executions.erase({execution.thing, execution.number});
  if (job.Latest(thing.name) == nullptr) thing.jobs.erase(job.id);
}

void Ledger::Tick(Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Thing& thing = things_.at(deadlines_.begin()->second);
    const auto due = std::find_if(thing.open.begin(), thing.open.end(),
                                  [&](const Execution* e) { return e->Deadline() == thing.deadline; });
    Change(thing, now, [&] { (*due)->End(Status::kTimedOut, now); });
  }
}

std::optional<Instant> Ledger::NextDeadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Ledger::Queue(Job& job, Thing& thing, int64_t retry_attempt, Instant now) {
  const Execution* latest = job.Latest(thing.name);
  Execution execution;
  execution.job_id = job.id;
  execution.thing = thing.name;
  execution.number = latest == nullptr ? 1 : latest->number + 1;
  execution.sequence = ++sequence_;
  execution.queued_at = execution.last_updated_at = now;
  execution.retry_attempt = retry_attempt;
  Execution& queued = job.executions[{thing.name, execution.number}] = std::move(execution);
  thing.open.push_back(&queued);
  thing.jobs.insert(job.id);
}

// Brings `open` and the deadlines up to date; gives the executions that have ended.
std::vector<Execution*> Ledger::Refresh(Thing& thing) {
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

void Ledger::CloseIfDone(Job& job, Instant now) {
  if (job.status != JobStatus::kInProgress || job.continuous) return;
  const bool done = std::none_of(job.executions.begin(), job.executions.end(),
                                 [](const auto& entry) { return entry.second.Open(); });
  if (!done) return;
  job.status = JobStatus::kCompleted;
  job.completed_at = job.last_updated_at = now;
}

}  // namespace kedge::drydock
