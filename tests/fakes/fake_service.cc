#include "fakes/fake_service.h"

#include <algorithm>

namespace kedge::fakes {

std::vector<const FakeService::Held*> FakeService::Pending() const {
  std::vector<const Held*> pending;
  for (const JobStatus wanted : {JobStatus::kInProgress, JobStatus::kQueued}) {
    for (const Held& held : executions_) {
      if (!held.deleted && held.execution.status == wanted) pending.push_back(&held);
    }
  }
  return pending;
}

template <typename Change>
std::vector<What> FakeService::Mutate(Change change) {
  const auto ids = [this] {
    std::vector<ExecutionId> all;
    for (const Held* held : Pending()) all.push_back(held->execution.id);
    return all;
  };
  std::vector<ExecutionId> before = ids();
  change();
  std::vector<ExecutionId> after = ids();
  std::vector<What> events;
  auto sorted_before = before;
  auto sorted_after = after;
  std::sort(sorted_before.begin(), sorted_before.end());
  std::sort(sorted_after.begin(), sorted_after.end());
  if (sorted_before != sorted_after) {
    PendingChanged list;
    for (const Held* held : Pending()) {
      auto& side = held->execution.status == JobStatus::kInProgress ? list.in_progress : list.queued;
      side.push_back({held->execution.id, held->execution.version});
    }
    events.emplace_back(list);
  }
  const bool same_head = before.empty() == after.empty() && (before.empty() || before[0] == after[0]);
  if (!same_head) {
    if (after.empty()) {
      events.emplace_back(NothingNext{Source::kNotifyNext, ""});
    } else {
      events.emplace_back(Offered{Source::kNotifyNext, "", Pending()[0]->execution, Pending()[0]->admission});
    }
  }
  return events;
}

std::vector<What> FakeService::Create(const std::string& job, Admission admission, int64_t number) {
  return Mutate([&] {
    Held held;
    held.execution.id = {JobId{job}, number, ++queued_at_};
    held.execution.document = "{}";
    held.admission = std::move(admission);
    executions_.push_back(std::move(held));
  });
}

FakeService::Held* FakeService::FindMutable(const std::string& job) {
  for (auto held = executions_.rbegin(); held != executions_.rend(); ++held) {
    if (held->execution.id.job.value == job && !held->deleted) return &*held;
  }
  return nullptr;
}

const FakeService::Held* FakeService::Find(const std::string& job) const {
  return const_cast<FakeService*>(this)->FindMutable(job);
}

std::vector<What> FakeService::End(const std::string& job, JobStatus status, DetailsMap details) {
  Held* held = FindMutable(job);
  if (held == nullptr || IsTerminal(held->execution.status)) return {};
  return Mutate([&] {
    held->execution.status = status;
    ++held->execution.version;
    if (!details.empty()) held->execution.details = std::move(details);
  });
}

std::vector<What> FakeService::Delete(const std::string& job) {
  Held* held = FindMutable(job);
  if (held == nullptr) return {};
  return Mutate([&] { held->deleted = true; });
}

std::vector<What> FakeService::StartElsewhere(const std::string& job) {
  return Mutate([&] {
    Held* held = FindMutable(job);
    held->execution.status = JobStatus::kInProgress;
    ++held->execution.version;
  });
}

What FakeService::Reply(const AskNext& ask) const {
  const auto pending = Pending();
  if (pending.empty()) return NothingNext{Source::kNextReply, ask.token};
  return Offered{Source::kNextReply, ask.token, pending[0]->execution, pending[0]->admission};
}

What FakeService::Reply(const Describe& ask) const {
  const Held* held = Find(ask.execution.job.value);
  const auto refuse = [&](RejectedCode code) {
    return DescribeRejected{ask.token, ask.execution.job, Rejection{code, "", std::nullopt}};
  };
  if (held == nullptr || held->execution.id.number != ask.execution.number) {
    return refuse(RejectedCode::kResourceNotFound);
  }
  if (IsTerminal(held->execution.status)) return refuse(RejectedCode::kTerminalStateReached);
  ServiceExecution told = held->execution;
  told.document.reset();
  if (ask.document) told.document = fresh_document.value_or(*held->execution.document);
  return Described{ask.token, told};
}

std::vector<What> FakeService::Reply(const SendUpdate& update) {
  updates.push_back(update);
  Held* held = FindMutable(update.execution.job.value);
  const auto refuse = [&](RejectedCode code) {
    std::optional<ExecutionState> state;
    if (code != RejectedCode::kResourceNotFound) {
      state = ExecutionState{held->execution.status, held->execution.version, held->execution.details};
    }
    return std::vector<What>{UpdateRejected{update.token, update.execution.job, Rejection{code, "", state}}};
  };
  if (held == nullptr || held->execution.id.number != update.execution.number) {
    return refuse(RejectedCode::kResourceNotFound);
  }
  if (IsTerminal(held->execution.status)) return refuse(RejectedCode::kInvalidStateTransition);
  if (update.expected_version && *update.expected_version != held->execution.version) {
    return refuse(RejectedCode::kVersionMismatch);
  }
  std::vector<What> events = Mutate([&] {
    held->execution.status = update.status;
    ++held->execution.version;
    if (!update.details.empty()) held->execution.details = update.details;
  });
  events.insert(events.begin(), UpdateAccepted{update.token, update.execution.job, std::nullopt});
  return events;
}

}  // namespace kedge::fakes
