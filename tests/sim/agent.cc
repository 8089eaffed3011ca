// The daemon's loop, simulated: decide, commit, act, each a separate operation. What agent/daemon.cc does
// with a commit that fails is done here in the same way.
#include <algorithm>

#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int64_t kStallRetry = 30000;
constexpr int64_t kRestartAfterExit = 100;
constexpr int64_t kRebootTakes = 500;
constexpr int64_t kToldOfReboot = 400;  // SIGTERM comes first
constexpr int64_t kKeptGrace = 2000;

// As in agent/daemon.cc.
bool GoesForward(const Action& action) {
  if (const auto* start = std::get_if<StartTask>(&action)) return IsForward(start->task.kind);
  if (const auto* update = std::get_if<SendUpdate>(&action)) {
    return update->status == JobStatus::kInProgress || update->status == JobStatus::kSucceeded;
  }
  return std::holds_alternative<DropUndo>(action);
}

}  // namespace

// What waits for the journal comes before what follows it: the end of a task before the end of what it has
// kept, and its words with the next ones, which are newer.
void World::TakeStalled(What* what) {
  auto* told = std::get_if<TaskTold>(what);
  auto* ended = std::get_if<TaskEnded>(what);
  if (told == nullptr && ended == nullptr) return;
  const int64_t task = told != nullptr ? told->task : ended->task;
  for (auto held = stalled_.begin(); ended != nullptr && held != stalled_.end(); ++held) {
    auto* first = std::get_if<TaskEnded>(&*held);
    if (first == nullptr || first->task != task) continue;
    TaskEnded end = std::move(*first);
    stalled_.erase(held);
    *ended = std::move(end);
    break;
  }
  DetailsMap& words = told != nullptr ? told->told : ended->told;
  std::erase_if(stalled_, [&](const What& held) {
    const auto* before = std::get_if<TaskTold>(&held);
    if (before == nullptr || before->task != task) return false;
    words.insert(before->told.begin(), before->told.end());
    return true;
  });
}

void World::Deliver(What what, bool again) {
  if (held_) return inbox_.push_back({std::move(what), again});
  if (auto* offer = std::get_if<Offered>(&what); offer != nullptr && !state_.current) {
    const auto execution = service_.Find(offer->execution.id);
    if (execution) {
      const SimJob& job = scenario_->jobs[service_.executions[*execution].job];
      const bool plain = job.renews == Renews::kSame || job.refused;
      offer->admission = plain ? job.admission : AdmissionOf(job, *offer->execution.document);
    }
  }
  TakeStalled(&what);
  if (std::holds_alternative<CancelRequested>(what)) cancel_asked_ = true;
  if (std::holds_alternative<ClearRequested>(what)) cleared_ = true;
  Event event{Now(), std::move(what)};
  if (std::holds_alternative<LinkDown>(event.what)) {
    update_in_flight_.clear();  // heard late, it is believed all the same: no answer is waited for any more
    std::erase_if(stalled_, [](const What& held) { return std::holds_alternative<LinkUp>(held); });
  }
  pending_again_ = again;
  if (!DiskTakes()) {
    pending_event_ = event.what;
    pending_before_ = state_;
  }
  std::string words;
  if (story_ != nullptr) words = ToString(event);
  std::optional<State> known;
  if (std::holds_alternative<TaskSurvives>(event.what)) known = Durable(state_);
  const bool retry = std::holds_alternative<RollbackRequested>(event.what) && !state_.current;
  pending_ = Advance(scenario_->policy, std::move(state_), event);
  if (Truth* truth = retry && pending_.state.current ? TruthOf(pending_.state.current->id) : nullptr) {
    // Another attempt, another verdict: whether or not the disk takes it.
    truth->retried = true;
    truth->verdict.reset();
    truth->verdicts = 0;
  }
  state_ = std::move(pending_.state);
  if (known) CheckSurvives(*known);
  if (std::holds_alternative<ClearRequested>(event.what) && !state_.quarantine) in_doubt_ = false;
  if (story_ != nullptr) Tell("agent: " + words + " -> " + pending_.answer);
  pending_durable_ = std::make_shared<const State>(Durable(state_));
  next_action_ = 0;
  const bool nothing_new = *pending_durable_ == *journal_ && pending_.history.empty();
  stage_ = nothing_new ? Stage::kActions : Stage::kCommit;
  if (nothing_new && pending_.actions.empty()) Finish();
}

bool World::DiskTakes(bool forward) const {
  if (disk_fails_ || disk_gone_) return false;
  return disk_full_until_ <= now_ || (reserve_ && !forward);
}

void World::Commit() {
  if (!DiskTakes(std::any_of(pending_.actions.begin(), pending_.actions.end(), GoesForward))) {
    return CommitFailed();
  }
  if (disk_) {
    if (auto done = disk_->Commit(*journal_, *pending_durable_, pending_.history); !done) {
      Broken("I5: the journal does not take a commit: " + done.error().message);
    }
  }
  const std::shared_ptr<const State> before = std::move(journal_);
  journal_ = std::move(pending_durable_);
  journal_trouble_.clear();
  for (const HistoryEntry& entry : pending_.history) {
    Truth* truth = entry.kind == "verdict" ? TruthOf(entry.execution) : nullptr;
    if (truth != nullptr && ++truth->verdicts > 1 && !journal_was_lost_)
      Broken("I1: a second verdict of " + entry.execution.job.value);
  }
  Tell("  journal: committed");
  CheckCommit(*before);
  stage_ = Stage::kActions;
  if (pending_.actions.empty()) Finish();
}

void World::CommitFailed() {
  const bool forward = std::any_of(pending_.actions.begin(), pending_.actions.end(), GoesForward);
  const bool broken = disk_fails_ || disk_gone_;
  const bool tells = broken && !std::holds_alternative<JournalFailed>(*pending_event_);
  Tell(broken ? "  journal: the disk failed" : "  journal: no space; not committed");
  if (broken) JournalFails(forward);
  ++lost_;
  stage_ = Stage::kActions;
  if (tells) inbox_.push_front({JournalFailed{"simulated"}});
  if (forward) {
    state_ = std::move(*pending_before_);
    const std::vector<Action> undone = std::move(pending_.actions);
    pending_.actions.clear();
    pending_stalled_ = true;
    if (tells && !pending_again_) {
      inbox_.insert(inbox_.begin() + 1, ToAgent{std::move(*pending_event_), true});
    } else {
      for (const Action& action : undone) {
        if (const auto* answer = std::get_if<Answer>(&action)) Do(*answer);  // no: try again later
      }
      Stall(std::move(*pending_event_));
    }
  }
  if (pending_.actions.empty()) Finish();
}

void World::Stall(What what) {
  Tell("  nothing new is started until the journal can be written");
  if (std::holds_alternative<Restarted>(what)) {
    held_ = true;
    inbox_.push_front({std::move(what)});
  } else if (std::holds_alternative<TaskEnded>(what) || std::holds_alternative<TaskTold>(what) ||
             std::holds_alternative<UpdateAccepted>(what) || std::holds_alternative<LinkUp>(what)) {
    stalled_.push_back(std::move(what));
  }
  if (!stalling_) At(now_ + kStallRetry, StallOver{});
  stalling_ = true;
}

// One strike: the file is not written again. What is known goes into a new one, unless that fails too.
void World::JournalFails(bool forward) {
  in_doubt_ = true;
  disk_fails_ = false;
  if (disk_gone_) return;
  const std::shared_ptr<const State> before = std::move(journal_);
  journal_ = forward ? std::make_shared<const State>(Durable(*pending_before_)) : pending_durable_;
  Tell("  journal: begun anew");
  CheckCommit(*before);
}

void World::Finish() {
  stage_ = Stage::kIdle;
  if (stalling_) armed_.reset();  // what is due then comes with the retry
  if (!pending_stalled_ && !stalling_) armed_ = NextDeadline(state_);
  pending_stalled_ = false;
  pending_ = {};
  pending_durable_.reset();
  pending_event_.reset();
  pending_before_.reset();
}

void World::Perform(const Action& action) {
  if (story_ != nullptr) Tell("  " + ToString(action));
  std::visit([this](const auto& a) { Do(a); }, action);
}

void World::Do(const StartTask& start) {
  CheckStart(start);
  const auto execution = service_.Find(state_.current->id);
  if (!execution) return Broken("I5: a task of an execution that no service ever had");
  Truth& truth = truth_[*execution];
  const size_t job = service_.executions[*execution].job;
  const size_t step = start.task.step;
  StepTruth& now = truth.steps[step];
  if (!truth.begun && IsForward(start.task.kind) && start.task.kind != TaskKind::kCheck) {
    truth.begun = true;
    for (size_t i = 0; i < kMostSteps; ++i) truth.steps[i].before = cells_[job][i];
  }
  if (start.task.kind == TaskKind::kRun) {
    ++now.runs;
    now.run_boot = boot_;
    now.wants_reboot = now.rolled_back = now.wants_later = now.proved = false;
    now.restored = {};
    now.verified = {};
    now.ran_on = connection_;
  }
  if (start.task.kind == TaskKind::kCheck) {
    now.checked[SlotOf(start.task.guard)].reset();
    now.check_waits = false;
  }
  NumberedChild child;
  child.serial = next_serial_++;
  child.child.task = start.task;
  child.child.execution = *execution;
  child.child.job = job;
  child.child.life = life_;
  child.child.started = now_;
  child.child.prior = cells_[job][step];
  const SimStep& sim = scenario_->jobs[job].steps[step];
  child.child.moments = MomentsOf(sim, start.task, now, cells_[job][step], static_cast<int>(*execution) + 1,
                                  scenario_->reboot_refused, &child.child.says);
  child.child.deaf = start.task.kind == TaskKind::kRun && sim.run == Run::kDeaf;
  child.child.stuck = start.task.kind == TaskKind::kRun && sim.run == Run::kStuck;
  At(now_ + child.child.moments[0].after, ChildMoves{child.serial});
  At(now_ + start.limit.count(), ChildLimit{child.serial});
  children_.push_back(std::move(child));
}

void World::Do(const StopTask& stop) {
  const bool durable =
      journal_->current && (journal_->current->phase == Phase::kStopping || state_.shutting_down);
  if (!durable && DiskTakes()) Broken("I5: a signal before turning back is durable");
  // A task that is over already: its end is on the way.
  if (NumberedChild* child = ChildOfTask(stop.task)) StopChild(*child, stop.grace.count(), nullptr);
}

void World::Do(const StopLeftovers& left) {
  static const Ending kInterrupted = Interrupted{};
  if (NumberedChild* child = ChildOfTask(left.task)) {
    return StopChild(*child, child->child.kept ? kKeptGrace : 0, &kInterrupted);
  }
  At(now_ + 1, ToAgent{TaskEnded{left.task, Interrupted{}, {}}});
}

void World::Do(const SendUpdate& update) {
  CheckSend(update);
  update_in_flight_ = link_ ? update.token : "";
  update_sent_ = now_;
  Send(update);
}

void World::Do(const AskNext& ask) { Send(ask); }

void World::Do(const Describe& describe) { Send(describe); }

void World::Do(const DropUndo& drop) {
  if (DiskTakes() && journal_->current && journal_->current->id == drop.execution) {
    Broken("I5: undo data goes before the end of " + drop.execution.job.value + " is durable");
  }
  if (Truth* truth = TruthOf(drop.execution)) {
    truth->dropped = true;
    for (StepTruth& step : truth->steps) step.snapshots = {};
  }
}

void World::Do(const Answer& answer) {
  const auto asked = std::find(asked_.begin(), asked_.end(), answer.request);
  if (asked == asked_.end()) return Broken("I6: an answer to nobody's question");
  asked_.erase(asked);
  const bool cancel = std::find(cancels_.begin(), cancels_.end(), answer.request) != cancels_.end();
  if (!cancel || !answer.accepted || !state_.current || disk_was_bad_) return;
  if (Truth* truth = TruthOf(state_.current->id)) truth->cancelled = true;
}

void World::Do(const Exit&) {
  if (TaskLives()) Broken("I2: the agent ends and leaves a task alive");
  Tell("the agent has ended");
  AgentDies();
  // It kills what was kept, and does not wait for that.
  for (const NumberedChild& child : children_) {
    At(now_ + kDies, ChildDies{child.serial, Signalled{9, false}});
  }
  if (!shutting_down_) At(now_ + kRestartAfterExit, AgentStarts{});
}

// --- The system's side of a start and a reboot

void World::On(AgentStarts&) {
  // First of all nothing of earlier lives is alive, whether the journal knows of it or not.
  if (!children_.empty()) {
    int64_t longest = kDies;
    for (NumberedChild& child : children_) {
      const int64_t takes = child.child.stuck ? kStuck : kDies;
      longest = std::max(longest, takes);
      At(now_ + takes, ChildDies{child.serial, Signalled{9, false}});
    }
    return At(now_ + longest + 1, AgentStarts{});
  }
  agent_up_ = true;
  ++life_;
  state_ = *journal_;
  if (link_) {  // kedge-link connects anew with each life of the agent
    ++connection_;
    link_waits_ = IsCutOff();
    if (link_waits_) LinkGoes();
  }
  ForgetWhatIsNotDurable();
  Tell("the agent starts, life " + std::to_string(life_) + " on boot " + std::to_string(boot_));
  // As the store does: a journal that cannot be written, or was lost and has taken no commit since, is told
  // of.
  if (disk_gone_) journal_trouble_ = "the journal cannot be written (simulated)";
  Deliver(Restarted{"boot-" + std::to_string(boot_), "s" + std::to_string(life_), journal_trouble_});
  if (link_) At(now_ + 1, ToAgent{LinkUp{}});
}

void World::On(DeviceReboots&) {
  if (!shutting_down_) {
    shutting_down_ = true;
    At(now_ + kRebootTakes - kToldOfReboot, DeviceReboots{});
    if (agent_up_) At(now_, ToAgent{ShutdownRequested{}});
    return;
  }
  Tell("== the device reboots ==");
  CutPower(2, false, false);
}

void World::On(StallOver&) {
  std::vector<What> again;
  again.swap(stalled_);
  stalling_ = held_ = false;
  for (What& what : again) At(now_, ToAgent{std::move(what)});
  At(now_, ToAgent{TimePassed{}});
}

void World::On(ToAgent& item) {
  if (!agent_up_) return;
  if (const auto* told = std::get_if<TaskTold>(&item.event)) {
    // Nothing is told by a task whose end waits for the journal.
    for (const What& held : stalled_) {
      const auto* ended = std::get_if<TaskEnded>(&held);
      if (ended != nullptr && ended->task == told->task) return;
    }
  }
  Deliver(std::move(item.event), item.again);
}

}  // namespace kedge::sim
