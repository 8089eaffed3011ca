// The state of the service: things, jobs and their executions, and the one way to change an execution.
//
// Change() compares a thing's pending list before and after, so the two events follow from the state and from
// nothing else (reference aws-iot-jobs.md, 5.1 and 10): `notify` when an execution enters or leaves the list,
// `notify-next` when another execution (or none) is at its head. No I/O, no clock.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "execution.h"
#include "instant.h"
#include "job.h"

namespace kedge::drydock {

struct Thing {
  std::string name;
  nlohmann::json settings;          // what CreateThing was given
  std::vector<Execution*> open;     // QUEUED and IN_PROGRESS, in order of creation
  std::set<std::string> jobs;       // ids of the jobs that have an execution here
  std::optional<Instant> deadline;  // the earliest of the open ones
};

struct Event {
  enum class Kind { kNotify, kNotifyNext };
  Kind kind;
  std::string thing;
  std::string payload;  // the state right after the change
};

class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  Thing* FindThing(const std::string& name);
  Job* FindJob(const std::string& id);
  // The latest execution of the job on the thing, or the one with the number.
  Execution* FindExecution(const std::string& thing, const std::string& job_id,
                           std::optional<int64_t> number);
  const std::map<std::string, Job>& jobs() const { return jobs_; }

  Thing& AddThing(std::string name, nlohmann::json settings);
  // An existing thing and a new id only. Queues one execution on each of the things.
  Job& AddJob(Job job, const std::vector<Thing*>& things, Instant now);
  void EraseJob(const std::string& id, Instant now);
  void EraseExecution(Execution& execution, Instant now);

  // IN_PROGRESS by queuedAt, then QUEUED by queuedAt. The first is what `$next` means.
  std::vector<Execution*> Pending(const Thing& thing) const;

  // Runs `change`, which may change executions of this thing only, and records the events that follow from
  // it; then what follows from an end: a retry is queued, a finished job is completed.
  void Change(Thing& thing, Instant now, const std::function<void()>& change);

  // Ends with TIMED_OUT whatever is due.
  void Tick(Instant now);
  std::optional<Instant> NextDeadline() const;

  // The events since the last call, in order.
  std::vector<Event> TakeEvents() { return std::exchange(events_, {}); }

 private:
  void Queue(Job& job, Thing& thing, int64_t retry_attempt, Instant now);
  void Remove(Thing& thing, Execution& execution);
  std::vector<Execution*> Refresh(Thing& thing);
  void CloseIfDone(Job& job, Instant now);

  std::map<std::string, Thing> things_;
  std::map<std::string, Job> jobs_;
  std::set<std::pair<Instant, std::string>> deadlines_;  // one a thing, equal to its `deadline`
  uint64_t sequence_ = 0;
  std::vector<Event> events_;
};

}  // namespace kedge::drydock
