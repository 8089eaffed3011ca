#include "device_plane.h"

#include "payloads.h"
#include "rules.h"

namespace kedge::drydock {
namespace {

std::string Name(const std::string& thing, const std::string& job_id, std::optional<int64_t> number) {
  return "execution" + (number ? " " + std::to_string(*number) : std::string()) + " of job '" + job_id +
         "' on thing '" + thing + "'";
}

}  // namespace

Outcome<Thing*> DevicePlane::Find(const std::string& name) {
  if (!IsThingName(name)) return InvalidRequest("a thing name must match [a-zA-Z0-9:_-]{1,128}");
  Thing* thing = ledger_.FindThing(name);
  if (thing == nullptr) return NotFound("thing '" + name + "' does not exist; create it with create-thing");
  return thing;
}

Outcome<PendingLists> DevicePlane::GetPending(const std::string& name) {
  const auto thing = Find(name);
  if (!thing) return thing.refusal();
  PendingLists lists;
  for (const Execution* e : ledger_.Pending(**thing)) {
    if (lists.in_progress.size() + lists.queued.size() == kMaxListed) break;
    (e->status == Status::kQueued ? lists.queued : lists.in_progress).push_back(e);
  }
  return lists;
}

Outcome<const Execution*> DevicePlane::StartNext(const std::string& name, const StartNextRequest& request,
                                                 Instant now) {
  const auto thing = Find(name);
  if (!thing) return thing.refusal();
  const auto pending = ledger_.Pending(**thing);
  if (pending.empty()) return static_cast<const Execution*>(nullptr);
  Execution& head = *pending.front();
  // One that already runs is given back as it is: that is how a device finds its work again after a crash.
  if (head.status == Status::kQueued) {
    ledger_.Change(**thing, now, [&] {
      head.Start(now, ledger_.FindJob(head.job_id)->timeout);
      if (request.details) head.details = request.details;
      if (request.step_timeout) head.SetStepTimer(*request.step_timeout, now);
    });
  }
  return &head;
}

Outcome<const Execution*> DevicePlane::Describe(const std::string& name, const std::string& job_id,
                                                const DescribeRequest& request) {
  if (job_id != kNext && !IsJobId(job_id)) return InvalidRequest("a job id must match [a-zA-Z0-9_-]{1,64}");
  const auto thing = Find(name);
  if (!thing) return thing.refusal();
  if (job_id == kNext) {
    const auto pending = ledger_.Pending(**thing);
    return static_cast<const Execution*>(pending.empty() ? nullptr : pending.front());
  }
  const Execution* execution = ledger_.FindExecution(name, job_id, request.execution_number);
  if (execution == nullptr) return NotFound("there is no " + Name(name, job_id, request.execution_number));
  if (!execution->Open()) {
    return Refusal{.code = RefusalCode::kTerminalStateReached,
                   .message = Name(name, job_id, execution->number) + " has reached a terminal state"};
  }
  return execution;
}

Outcome<Updated> DevicePlane::Update(const std::string& name, const std::string& job_id,
                                     const UpdateRequest& request, Instant now) {
  if (!IsJobId(job_id))
    return InvalidRequest("a job id must match [a-zA-Z0-9_-]{1,64}; $next cannot be updated");
  const auto thing = Find(name);
  if (!thing) return thing.refusal();
  Execution* execution = ledger_.FindExecution(name, job_id, request.execution_number);
  if (execution == nullptr) return NotFound("there is no " + Name(name, job_id, request.execution_number));
  if (!execution->Open() && ledger_.readings().terminal_state_on_update) {
    return Refusal{.code = RefusalCode::kTerminalStateReached,
                   .message = Name(name, job_id, execution->number) + " has reached a terminal state"};
  }
  if (!execution->Open()) {
    return Refusal{.code = RefusalCode::kInvalidStateTransition,
                   .message = Name(name, job_id, execution->number) + " is in status " +
                              std::string(ToString(execution->status)) + " and cannot become " +
                              std::string(ToString(request.status)),
                   .state = execution->State()};
  }
  if (request.expected_version && *request.expected_version != execution->version) {
    return Refusal{.code = RefusalCode::kVersionMismatch,
                   .message = "Expected version " + std::to_string(*request.expected_version) +
                              " but found version " + std::to_string(execution->version),
                   .state = execution->State()};
  }
  Updated updated{execution, execution->State()};
  ledger_.Change(**thing, now, [&] {
    if (request.details) execution->details = request.details;
    if (IsTerminal(request.status)) {
      execution->End(request.status, now);
    } else if (execution->status == Status::kQueued) {
      execution->Start(now, ledger_.FindJob(job_id)->timeout);
    } else {
      execution->Report(now);
    }
    if (request.step_timeout && execution->Open()) execution->SetStepTimer(*request.step_timeout, now);
    updated.state = execution->State();
  });
  return updated;
}

std::string DevicePlane::Document(const Execution& execution, Instant now) {
  return ledger_.Delivered(*ledger_.FindJob(execution.job_id), now);
}

}  // namespace kedge::drydock
