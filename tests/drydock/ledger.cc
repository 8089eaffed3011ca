#include "ledger.h"

#include <algorithm>
#include <tuple>

#include "payloads.h"

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

void Ledger::EraseExecution(Execution& execution, Instant now) {
  Job& job = jobs_.at(execution.job_id);
  Thing& thing = things_.at(execution.thing);
  transitions_.push_back(Became(execution, execution.status, std::nullopt));
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

}  // namespace kedge::drydock
