// The Jobs service, simulated: a compare-and-set register for each execution, the rules for notifications,
// the timers. A copyable value. Rules: reference aws-iot-jobs.md sections 3 to 5.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/action.h"
#include "core/event.h"
#include "sim/scenario.h"

namespace kedge::sim {

using What = decltype(Event::what);
using Request = std::variant<SendUpdate, AskNext, Describe>;

struct Held {
  ExecutionId id;
  size_t job = 0;  // index into the scenario's jobs
  JobStatus status = JobStatus::kQueued;
  int64_t version = 1;
  DetailsMap details;
  bool deleted = false;
  int64_t job_due = 0;   // simulated time at which the in-progress timer runs out; 0: not running
  int64_t step_due = 0;  // likewise the step timer
};

class Service {
 public:
  explicit Service(const Scenario* scenario) : scenario_(scenario) {}

  // The operator's side. What is published because of it is appended to `news`.
  void Create(size_t job, int64_t number, int64_t queued_at, std::vector<What>* news);
  // False: there is nothing to end.
  bool End(size_t execution, JobStatus status, std::vector<What>* news);
  bool Delete(size_t execution, std::vector<What>* news);
  // Another client of the thing changes the details: the version goes up, nobody is told.
  bool Touch(size_t execution);
  // Another client starts it.
  bool StartElsewhere(size_t execution);

  // The device's side: the reply first, then what is published because of it.
  void Handle(const Request& request, int64_t now, std::vector<What>* out);
  // A reply that refuses for the service's own reasons.
  static What Refuse(const Request& request, RejectedCode code);

  // The next time at which a timer runs out; 0: none runs.
  int64_t NextTimer() const;
  // Ends what ran out.
  void RunTimers(int64_t now, std::vector<What>* news);

  // The newest execution of `job`; nullopt when it has none.
  std::optional<size_t> Latest(size_t job) const;
  // By identity, deleted or not.
  std::optional<size_t> Find(const ExecutionId& id) const;

  std::vector<Held> executions;  // in the order of creation, never removed
  int64_t mismatches = 0;        // updates refused for their version

 private:
  struct Before;
  Before Look() const;
  void Tell(const Before& before, std::vector<What>* news);
  ServiceExecution Told(const Held& held, bool with_document, bool described);
  const Held* Head() const;
  Held* Named(const JobId& job, int64_t number);
  void Handle(const SendUpdate& update, int64_t now, std::vector<What>* out);
  void Handle(const AskNext& ask, int64_t now, std::vector<What>* out);
  void Handle(const Describe& describe, int64_t now, std::vector<What>* out);

  const Scenario* scenario_;
  int64_t deliveries_ = 0;  // of documents; the URLs in each are signed with its number
};

}  // namespace kedge::sim
