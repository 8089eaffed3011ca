#include "sim/service.h"

#include <algorithm>

namespace kedge::sim {
namespace {

constexpr int64_t kMinute = 60000;

bool IsPending(const Held& held) {
  return !held.deleted && (held.status == JobStatus::kQueued || held.status == JobStatus::kInProgress);
}

Rejection With(RejectedCode code) { return {code, "simulated", std::nullopt}; }

Rejection With(RejectedCode code, const Held& held) {
  return {code, "simulated", ExecutionState{held.status, held.version, held.details}};
}

}  // namespace

// The pending list and its head, as they were before a change.
struct Service::Before {
  std::vector<size_t> pending;  // indexes, ascending
  std::optional<ExecutionId> head;
};

const Held* Service::Head() const {
  for (const JobStatus wanted : {JobStatus::kInProgress, JobStatus::kQueued}) {
    for (const Held& held : executions) {
      if (!held.deleted && held.status == wanted) return &held;
    }
  }
  return nullptr;
}

Service::Before Service::Look() const {
  Before before;
  for (size_t i = 0; i < executions.size(); ++i) {
    if (IsPending(executions[i])) before.pending.push_back(i);
  }
  if (const Held* head = Head()) before.head = head->id;
  return before;
}

ServiceExecution Service::Told(const Held& held, bool with_document, bool described) {
  ServiceExecution told;
  told.id = held.id;
  told.status = held.status;
  told.version = held.version;
  told.details = held.details;
  if (with_document) told.document = DocumentAt(scenario_->jobs[held.job], ++deliveries_, described);
  return told;
}

// `notify` when the list changed in its members, `notify-next` when its head did (reference 5.1).
void Service::Tell(const Before& before, std::vector<What>* news) {
  const Before after = Look();
  if (before.pending != after.pending) {
    PendingChanged list;
    for (const Held& held : executions) {
      if (!IsPending(held)) continue;
      auto& side = held.status == JobStatus::kInProgress ? list.in_progress : list.queued;
      side.push_back({held.id, held.version});
    }
    news->emplace_back(std::move(list));
  }
  if (before.head == after.head) return;
  if (const Held* head = Head()) {
    news->emplace_back(Offered{Source::kNotifyNext, "", Told(*head, true, false), {}});
  } else {
    news->emplace_back(NothingNext{Source::kNotifyNext, ""});
  }
}

void Service::Create(size_t job, int64_t number, int64_t queued_at, std::vector<What>* news) {
  const Before before = Look();
  Held held;
  held.id = {JobId{scenario_->jobs[job].name}, number, queued_at};
  held.job = job;
  executions.push_back(std::move(held));
  Tell(before, news);
}

bool Service::End(size_t execution, JobStatus status, std::vector<What>* news) {
  if (!IsPending(executions[execution])) return false;
  const Before before = Look();
  Held& held = executions[execution];
  held.status = status;
  ++held.version;
  held.job_due = held.step_due = 0;
  if (status == JobStatus::kCanceled) held.details = {{"by", "the operator"}};
  Tell(before, news);
  return true;
}

bool Service::Delete(size_t execution, std::vector<What>* news) {
  if (executions[execution].deleted) return false;
  const Before before = Look();
  executions[execution].deleted = true;
  executions[execution].job_due = executions[execution].step_due = 0;
  Tell(before, news);
  return true;
}

bool Service::Touch(size_t execution) {
  if (!IsPending(executions[execution])) return false;
  ++executions[execution].version;
  return true;
}

bool Service::StartElsewhere(size_t execution) {
  Held& held = executions[execution];
  if (held.deleted || held.status != JobStatus::kQueued) return false;
  held.status = JobStatus::kInProgress;
  ++held.version;
  return true;
}

std::optional<size_t> Service::Latest(size_t job) const {
  for (size_t i = executions.size(); i > 0; --i) {
    if (executions[i - 1].job == job) return i - 1;
  }
  return std::nullopt;
}

std::optional<size_t> Service::Find(const ExecutionId& id) const {
  for (size_t i = 0; i < executions.size(); ++i) {
    if (executions[i].id == id) return i;
  }
  return std::nullopt;
}

Held* Service::Named(const JobId& job, int64_t number) {
  for (auto held = executions.rbegin(); held != executions.rend(); ++held) {
    if (!held->deleted && held->id.job == job && held->id.number == number) return &*held;
  }
  return nullptr;
}

void Service::Handle(const Request& request, int64_t now, std::vector<What>* out) {
  std::visit([&](const auto& r) { Handle(r, now, out); }, request);
}

void Service::Handle(const AskNext& ask, int64_t, std::vector<What>* out) {
  if (const Held* head = Head()) {
    out->emplace_back(Offered{Source::kNextReply, ask.token, Told(*head, true, false), {}});
  } else {
    out->emplace_back(NothingNext{Source::kNextReply, ask.token});
  }
}

void Service::Handle(const Describe& describe, int64_t, std::vector<What>* out) {
  const Held* held = Named(describe.execution.job, describe.execution.number);
  if (held == nullptr) {
    out->emplace_back(
        DescribeRejected{describe.token, describe.execution.job, With(RejectedCode::kResourceNotFound)});
  } else if (IsTerminal(held->status)) {
    out->emplace_back(
        DescribeRejected{describe.token, describe.execution.job, With(RejectedCode::kTerminalStateReached)});
  } else {
    out->emplace_back(Described{describe.token, Told(*held, describe.document, true)});
  }
}

void Service::Handle(const SendUpdate& update, int64_t now, std::vector<What>* out) {
  const JobId& job = update.execution.job;
  const auto refuse = [&](Rejection why) {
    out->emplace_back(UpdateRejected{update.token, job, std::move(why)});
  };
  Held* held = Named(job, update.execution.number);
  if (held == nullptr) return refuse(With(RejectedCode::kResourceNotFound));
  if (IsTerminal(held->status)) return refuse(With(RejectedCode::kInvalidStateTransition, *held));
  if (update.expected_version && *update.expected_version != held->version) {
    ++mismatches;
    return refuse(With(RejectedCode::kVersionMismatch, *held));
  }
  const Before before = Look();
  if (held->status == JobStatus::kQueued && scenario_->jobs[held->job].timeout_minutes > 0) {
    held->job_due = now + scenario_->jobs[held->job].timeout_minutes * kMinute;
  }
  held->status = update.status;
  ++held->version;
  if (!update.details.empty()) held->details = update.details;
  if (update.step_timeout_minutes) held->step_due = now + *update.step_timeout_minutes * kMinute;
  if (IsTerminal(held->status)) held->job_due = held->step_due = 0;
  out->emplace_back(UpdateAccepted{update.token, job, std::nullopt});
  Tell(before, out);
}

What Service::Refuse(const Request& request, RejectedCode code) {
  return std::visit(
      [&](const auto& r) -> What {
        using R = std::decay_t<decltype(r)>;
        if constexpr (std::is_same_v<R, AskNext>) return NextRejected{r.token, With(code)};
        if constexpr (std::is_same_v<R, Describe>) {
          return DescribeRejected{r.token, r.execution.job, With(code)};
        }
        if constexpr (std::is_same_v<R, SendUpdate>) {
          return UpdateRejected{r.token, r.execution.job, With(code)};
        }
      },
      request);
}

int64_t Service::NextTimer() const {
  int64_t next = 0;
  for (const Held& held : executions) {
    for (const int64_t due : {held.job_due, held.step_due}) {
      if (due > 0 && (next == 0 || due < next)) next = due;
    }
  }
  return next;
}

void Service::RunTimers(int64_t now, std::vector<What>* news) {
  for (size_t i = 0; i < executions.size(); ++i) {
    const Held& held = executions[i];
    const bool over =
        (held.job_due > 0 && held.job_due <= now) || (held.step_due > 0 && held.step_due <= now);
    if (over) End(i, JobStatus::kTimedOut, news);
  }
}

}  // namespace kedge::sim
