// The state of the service: things, groups, jobs and their executions, and the one way to change an
// execution.
//
// Change() compares a thing's pending list before and after, so the two events follow from the state and from
// nothing else (reference aws-iot-jobs.md, 5.1 and 10): `notify` when an execution enters or leaves the list,
// `notify-next` when another execution (or none) is at its head. What was changed can be asked for as
// records. No I/O, no clock.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "job.h"
#include "presign.h"
#include "readings.h"
#include "record.h"

namespace kedge::drydock {

struct Thing {
  std::string name;
  nlohmann::json settings;          // what CreateThing was given
  std::vector<Execution*> open;     // QUEUED and IN_PROGRESS, in order of creation
  std::set<std::string> jobs;       // ids of the jobs that have an execution here
  std::optional<Instant> deadline;  // the earliest of the open ones
};

struct Group {
  std::string name;
  nlohmann::json settings;  // what CreateThingGroup was given
  std::set<std::string> things;
};

struct Event {
  enum class Kind { kNotify, kNotifyNext };
  Kind kind;
  std::string thing;
  std::string payload;  // the state right after the change
};

// An execution has become something else: what the history tells, whoever caused it.
struct Transition {
  std::string thing;
  std::string job_id;
  int64_t number;
  std::optional<Status> from;  // absent: it is new
  std::optional<Status> to;    // absent: it was deleted
  int64_t version;
};

// What a target's ARN names; nothing when it names neither a thing nor a group.
struct TargetName {
  bool is_group;
  std::string name;
};
std::optional<TargetName> TargetIn(const std::string& arn);

class Ledger {
 public:
  Ledger(Readings readings, Presigner presigner) : readings_(readings), presigner_(std::move(presigner)) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const Readings& readings() const { return readings_; }
  const Presigner& presigner() const { return presigner_; }

  Thing* FindThing(const std::string& name);
  Group* FindGroup(const std::string& name);
  Job* FindJob(const std::string& id);
  // The latest execution of the job on the thing, or the one with the number.
  Execution* FindExecution(const std::string& thing, const std::string& job_id,
                           std::optional<int64_t> number);
  const std::map<std::string, Thing>& things() const { return things_; }
  const std::map<std::string, Group>& groups() const { return groups_; }
  const std::map<std::string, Job>& jobs() const { return jobs_; }

  // --- things and groups; names that are new, or that are there, as it says
  Thing& AddThing(std::string name, nlohmann::json settings);
  void EraseThing(const std::string& name, Instant now);
  Group& AddGroup(std::string name, nlohmann::json settings);
  void EraseGroup(const std::string& name, Instant now);
  void Join(Group& group, Thing& thing, Instant now);
  void Leave(Group& group, Thing& thing, Instant now);

  // --- jobs. A new id and existing targets only. Queues an execution on each of the things, now or at the
  // job's time.
  Job& AddJob(Job job, Instant now);
  void AddTargets(Job& job, const std::vector<std::string>& arns, Instant now);
  // Without force executions IN_PROGRESS go on. Only of a job that is not over.
  void CancelJob(Job& job, bool force, std::string comment, std::string reason_code, Instant now);
  void EraseJob(const std::string& id, Instant now);
  void EraseExecution(Execution& execution, Instant now);
  // After any other change of a job's own members.
  void Touch(Job& job);

  // IN_PROGRESS by queuedAt, then QUEUED by queuedAt. The first is what `$next` means.
  std::vector<Execution*> Pending(const Thing& thing) const;

  // Runs `change`, which may change executions of this thing only, and records the events that follow from
  // it; then what follows from an end: a retry is queued, a bad job aborted, a finished one completed.
  void Change(Thing& thing, Instant now, const std::function<void()>& change);
  // The end of an execution that the service decides on: cancelled, timed out, removed. Inside Change().
  void End(Execution& execution, Status terminal, Instant now) const;

  // The job's document as a device gets it: placeholders filled in, anew each time.
  std::string Delivered(const Job& job, Instant now);

  // Lets run out what is due: timers of executions, beginnings and ends of schedules.
  void Tick(Instant now);
  std::optional<Instant> NextDeadline() const;

  // Since the last call, in order.
  std::vector<Event> TakeEvents() { return std::exchange(events_, {}); }
  std::vector<Transition> TakeTransitions() { return std::exchange(transitions_, {}); }
  Records TakeChanges();
  // All there is, by kind and id.
  Records Snapshot() const;
  // Into an empty ledger: all that TakeChanges() ever gave, in its latest form.
  void Load(const Records& records);

 private:
  using ExecutionKey = std::tuple<std::string, std::string, int64_t>;  // job, thing, number

  bool IsTarget(const Job& job, const std::string& thing) const;
  void RollOut(Job& job, Instant now);
  void QueueIfMissing(Job& job, Thing& thing, Instant now);
  void Queue(Job& job, Thing& thing, const Execution* retried, Instant now);
  void Retry(Job& job, Thing& thing, Execution& ended, Instant now);
  void Remove(Thing& thing, Execution& execution);
  std::vector<Execution*> Refresh(Thing& thing);
  void WriteDown(Execution& execution);
  void CloseIfDone(Job& job, Instant now);
  void FireAlarm(Job& job, Instant now);

  const Readings readings_;
  Presigner presigner_;
  std::map<std::string, Thing> things_;
  std::map<std::string, Group> groups_;
  std::map<std::string, Job> jobs_;
  std::set<std::pair<Instant, std::string>> deadlines_;  // one a thing, equal to its `deadline`
  std::set<std::pair<Instant, std::string>> alarms_;     // one a job, equal to its `alarm`
  uint64_t sequence_ = 0;
  std::vector<Event> events_;
  std::vector<Transition> transitions_;

  std::set<std::string> changed_things_;
  std::set<std::string> changed_groups_;
  std::set<std::string> changed_jobs_;
  std::set<std::string> new_documents_;
  std::set<ExecutionKey> changed_executions_;
};

}  // namespace kedge::drydock
