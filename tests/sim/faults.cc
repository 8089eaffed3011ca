// How each fault changes the world.
#include <algorithm>
#include <cstdlib>

#include "jobs/cancel.h"
#include "sim/wire.h"
#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int64_t kBootTakes = 10;
constexpr int64_t kLinkTakes = 30;
constexpr int64_t kHour = 3600000;
constexpr int64_t kEscalates = 3;
constexpr int64_t kTopicRequest = -1;  // as agent/daemon.h numbers it

bool IsUndo(const std::optional<Task>& task) {
  return task && !IsForward(task->kind) && task->kind != TaskKind::kKept;
}

JobStatus StatusOf(FaultKind kind) {
  if (kind == FaultKind::kTimedOut) return JobStatus::kTimedOut;
  if (kind == FaultKind::kRemoved) return JobStatus::kRemoved;
  return JobStatus::kCanceled;
}

}  // namespace

bool World::Apply(const Fault& fault) {
  const bool told = story_ != nullptr;
  const size_t line = told ? story_->size() : 0;
  if (told) Tell("*** " + ToString(fault) + " ***");
  bool applied = false;
  switch (fault.kind) {
    case FaultKind::kPowerNone:
    case FaultKind::kPowerHalf:
    case FaultKind::kPowerAll:
    case FaultKind::kOfflineNone:
    case FaultKind::kOfflineHalf:
    case FaultKind::kOfflineAll: {
      if (!agent_up_) break;
      const int which = static_cast<int>(fault.kind) - static_cast<int>(FaultKind::kPowerNone);
      CutPower(which % 3, which >= 3, false);
      applied = true;
      break;
    }
    case FaultKind::kKillNone:
    case FaultKind::kKillHalf:
    case FaultKind::kKillAll:
      if (!agent_up_) break;
      Kill(static_cast<int>(fault.kind) - static_cast<int>(FaultKind::kKillNone));
      applied = true;
      break;
    case FaultKind::kJournalLost:
      if (!agent_up_ || disk_) break;
      CutPower(1, false, true);
      applied = true;
      break;
    default:
      applied = ApplyToService(fault) || ApplyToNetwork(fault) || ApplyLocal(fault);
  }
  if (told && !applied) story_->resize(line);
  return applied;
}

bool World::ApplyToService(const Fault& fault) {
  const auto job = static_cast<size_t>(fault.arg);
  const auto latest = job < scenario_->jobs.size() ? service_.Latest(job) : std::nullopt;
  if (!latest) return false;
  std::vector<What> news;
  bool heard = true;
  bool applied = false;
  switch (fault.kind) {
    case FaultKind::kCanceledUnheard:
      heard = false;
      [[fallthrough]];
    case FaultKind::kCanceled:
    case FaultKind::kTimedOut:
    case FaultKind::kRemoved:
      applied = service_.End(*latest, StatusOf(fault.kind), &news);
      break;
    case FaultKind::kDeleted:
      applied = service_.Delete(*latest, &news);
      break;
    case FaultKind::kTouch:
      applied = service_.Touch(*latest);
      if (applied) truth_[*latest].foreign = true;
      if (applied) ++lost_;
      break;
    case FaultKind::kElsewhere:
      applied = service_.StartElsewhere(*latest);
      if (applied) truth_[*latest].foreign = true;
      if (applied) ++lost_;
      break;
    case FaultKind::kAgain: {
      const Held& held = service_.executions[*latest];
      if (!held.deleted && !IsTerminal(held.status)) break;
      service_.Create(job, held.id.number + 1, held.id.queued_at + 1000000, &news);
      truth_.emplace_back();
      applied = true;
      break;
    }
    case FaultKind::kAgainSameNumber: {
      // While it is being worked on, no update could tell the two apart.
      const ExecutionId id = service_.executions[*latest].id;
      if (!IsTerminal(service_.executions[*latest].status) ||
          (journal_->current && journal_->current->id == id))
        break;
      service_.Delete(*latest, &news);
      service_.Create(job, id.number, id.queued_at + 1000000, &news);
      truth_.emplace_back();
      ++lost_;
      applied = true;
      break;
    }
    default:
      break;
  }
  if (applied) Publish(std::move(news), heard);
  return applied;
}

bool World::ApplyToNetwork(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kLinkDown:
      if (!link_) return false;
      LinkGoes();
      if (agent_up_) At(now_, ToAgent{LinkDown{"simulated"}});
      At(now_ + fault.arg, LinkComes{});
      return true;
    case FaultKind::kAway:
      away_until_ = now_ + fault.arg;
      return true;
    case FaultKind::kThrottled:
    case FaultKind::kInternal:
      throttled_ += static_cast<int>(fault.arg);
      throttle_code_ =
          fault.kind == FaultKind::kInternal ? RejectedCode::kInternalError : RejectedCode::kRequestThrottled;
      return true;
    case FaultKind::kWallJump:
      wall_ahead_ += fault.arg * 1000;
      return true;
    case FaultKind::kDiskFull:
      if (stage_ != Stage::kIdle) return false;
      disk_full_until_ = now_ + std::abs(fault.arg);
      reserve_ = fault.arg > 0;
      disk_was_bad_ = true;
      return true;
    case FaultKind::kDiskBroken:
      if (stage_ != Stage::kIdle || disk_) return false;
      disk_fails_ = disk_was_bad_ = true;
      disk_gone_ = fault.arg == 1;
      return true;
    default:
      return false;
  }
}

bool World::ApplyLocal(const Fault& fault) {
  if (!agent_up_) return false;
  const auto ask = [this] {
    asked_.push_back(next_request_);
    return next_request_++;
  };
  const auto cancel = [&](bool force) {
    CancelRequested request;
    request.request = ask();
    request.force = force;
    request.reason = "simulated";
    request.origin = "uid 0";
    cancels_.push_back(request.request);
    return ToAgent{request};
  };
  switch (fault.kind) {
    case FaultKind::kGraceful:
    case FaultKind::kForced:
      At(now_, cancel(fault.kind == FaultKind::kForced));
      return true;
    case FaultKind::kGracefulForced:
      At(now_, cancel(false));
      At(now_ + kEscalates, cancel(true));
      return true;
    case FaultKind::kClear:
      At(now_, ToAgent{ClearRequested{ask(), "uid 0"}});
      return true;
    case FaultKind::kRetry:
      At(now_, ToAgent{RollbackRequested{ask(), "uid 0"}});
      return true;
    case FaultKind::kTopicCancel: {
      if (!link_) return false;
      auto message = jobs::DecodeCancel(SimTopics().thing(), fault.arg == 1 ? R"({"force":true})" : "{}",
                                        "the cancel topic");
      if (!message.request) {
        Broken("the agent does not understand a cancel message: " + message.request.error().message);
        return true;
      }
      message.request->request = kTopicRequest;
      asked_.push_back(kTopicRequest);
      At(now_, ToAgent{*message.request});
      return true;
    }
    case FaultKind::kShutdown:
      At(now_, ToAgent{ShutdownRequested{}});
      return true;
    default:
      return false;
  }
}

void World::AgentDies() {
  agent_up_ = false;
  in_doubt_ = journal_->quarantine && journal_->quarantine->by.job.value.empty();
  Finish();
  armed_.reset();
  state_ = {};
  for (Truth& truth : truth_) truth.interrupted = true;
  // Another attempt that the disk did not take has not been: the verdict before it stands.
  for (const Execution& execution : journal_->stranded) {
    Truth* truth = TruthOf(execution.id);
    if (truth == nullptr || truth->verdict) continue;
    truth->verdict = Verdict::kUnsafe;
    truth->verdicts = 1;
  }
  stalled_.clear();
  inbox_.clear();
  stalling_ = held_ = false;
  asked_.clear();
  update_in_flight_.clear();
  std::erase_if(agenda_, [](const Item& item) {
    const auto* message = std::get_if<ToDevice>(&item.what);
    if (message != nullptr && message->passed) return true;
    return std::holds_alternative<ToAgent>(item.what) || std::holds_alternative<StallOver>(item.what) ||
           std::holds_alternative<ChildLimit>(item.what) || std::holds_alternative<ChildSurvives>(item.what);
  });
  for (NumberedChild& child : children_) child.child.awaited = false;
  // What it had not yet done to its children will not be done: it dies before it can follow TERM with KILL.
  std::erase_if(agenda_, [this](const Item& item) {
    const auto* dies = std::get_if<ChildDies>(&item.what);
    if (dies == nullptr) return false;
    const NumberedChild* child = ChildOf(dies->serial);
    return child != nullptr && (child->child.deaf || child->child.stuck);
  });
}

void World::CutPower(int got_through, bool offline, bool journal_lost) {
  ++lost_;
  std::optional<TornCommit> torn;
  if (disk_ && stage_ == Stage::kCommit && DiskTakes())
    torn = TornCommit{*journal_, *pending_durable_, pending_.history};
  for (NumberedChild& child : children_) Tear(child, got_through);
  children_.clear();
  AgentDies();
  ForgetMessages(false);
  std::erase_if(agenda_, [](const Item& item) {
    return std::holds_alternative<ChildMoves>(item.what) || std::holds_alternative<ChildDies>(item.what) ||
           std::holds_alternative<LinkComes>(item.what) || std::holds_alternative<AgentStarts>(item.what) ||
           std::holds_alternative<DeviceReboots>(item.what);
  });
  link_ = link_waits_ = false;
  shutting_down_ = false;
  ++boot_;
  booted_ = now_;
  if (disk_) {
    auto found = disk_->Reopen(torn ? &*torn : nullptr);
    if (!found) {
      Broken("I5: the journal is lost after a power cut: " + found.error().message);
    } else if (torn && *found == torn->after) {
      const std::shared_ptr<const State> before = std::move(journal_);
      journal_ = std::make_shared<const State>(std::move(*found));
      Tell("  journal: the last commit got through");
      CheckCommit(*before);
    } else if (*found != *journal_) {
      Broken("I5: the journal is not what was committed");
    }
  }
  if (IsUndo(journal_->current ? journal_->current->task : std::nullopt)) {
    if (Truth* truth = TruthOf(journal_->current->id)) ++truth->undo_trouble;
  }
  if (journal_lost) {
    journal_ = std::make_shared<const State>();
    journal_trouble_ = "the journal is lost (simulated)";
    journal_was_lost_ = in_doubt_ = true;
    // What had not begun may be taken once more: nobody remembers that it was refused.
    for (Truth& truth : truth_) truth.back = truth.back && truth.begun;
  }
  At(now_ + kBootTakes, AgentStarts{});
  At(now_ + (offline ? kHour : kLinkTakes), LinkComes{});
}

void World::Kill(int got_through) {
  constexpr int64_t kAwayFor[] = {0, 2, 50};
  ++lost_;
  if (IsUndo(journal_->current ? journal_->current->task : std::nullopt)) {
    if (Truth* truth = TruthOf(journal_->current->id)) ++truth->undo_trouble;
  }
  AgentDies();
  if (disk_) {
    auto found = disk_->Reopen(nullptr);
    if (!found || *found != *journal_) Broken("I5: after a kill the journal is not what was committed");
  }
  At(now_ + kAwayFor[got_through], AgentStarts{});
}

void World::Heal() {
  away_until_ = 0;
  throttled_ = 0;
  disk_full_until_ = 0;
  disk_fails_ = disk_gone_ = false;
  message_faults_.clear();
}

}  // namespace kedge::sim
