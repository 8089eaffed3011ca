// What must hold, whatever happens: at every start of a task, every message that leaves, every commit, every
// acceptance, and when nothing is left to happen. The words before the colon name the rule: I1 to I6 of the
// design. Nothing here asks the agent what happened; the truth is what the simulated device and service saw.
#include <algorithm>

#include "core/status_details.h"
#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr size_t kMostBroken = 5;

bool IsDetailKey(const std::string& key) {
  return !key.empty() && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' ||
           c == '_' || c == '-';
  });
}

bool IsDetailValue(const std::string& value) {
  return !value.empty() && value.size() <= 1024 && std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

bool ChangesSomething(TaskKind kind) { return IsForward(kind) && kind != TaskKind::kCheck; }

bool TurnedBack(Phase phase) {
  return phase == Phase::kStopping || phase == Phase::kRollingBack || phase == Phase::kReporting;
}

}  // namespace

void World::Broken(const std::string& what) {
  if (broken_.size() < kMostBroken) broken_.push_back(what);
  Tell("!!! " + what);
}

Truth* World::TruthOf(const ExecutionId& id) {
  const auto execution = service_.Find(id);
  return execution ? &truth_[*execution] : nullptr;
}

bool World::IsBack(size_t execution) const {
  const Truth& truth = truth_[execution];
  if (!truth.begun) return true;
  const size_t job = service_.executions[execution].job;
  for (size_t step = 0; step < scenario_->jobs[job].steps.size(); ++step) {
    if (cells_[job][step] != truth.steps[step].before) return false;
  }
  return true;
}

void World::CheckStart(const StartTask& start) {
  const std::string name = ToString(Action(start));
  if (TaskLives()) Broken("I2: " + name + " while another task is alive");
  if (!state_.current || !TruthOf(state_.current->id)) return Broken("I5: " + name + " for no execution");
  Truth& truth = *TruthOf(state_.current->id);
  const bool durable = journal_->current && journal_->current->task == start.task;
  if (!durable && (IsForward(start.task.kind) || DiskTakes())) {
    Broken("I5: " + name + " before its intent is durable");
  }
  if (start.limit.count() <= 0) Broken("I6: " + name + " without a limit");
  if (IsForward(start.task.kind)) {
    CheckForward(start, truth);
  } else {
    CheckUndo(start, truth);
  }
  if (start.task.kind == TaskKind::kRun) CheckRun(start, truth);
  if (start.task.kind == TaskKind::kCheck) {
    CheckTries(start, truth, service_.executions[*service_.Find(state_.current->id)].job);
  }
}

void World::CheckForward(const StartTask& start, const Truth& truth) {
  const std::string name = ToString(Action(start));
  if (truth.back) Broken("I2: " + name + " although it had turned back");
  const bool begins = start.task.kind != TaskKind::kVerifyDone && start.task.kind != TaskKind::kCheck;
  if (truth.called_off && begins) Broken("I2: " + name + " although it was called off");
  const size_t job = service_.executions[*service_.Find(state_.current->id)].job;
  if ((journal_->quarantine || in_doubt_) && !scenario_->jobs[job].repair) {
    Broken("I3: " + name + " in quarantine");
  }
  if (!ChangesSomething(start.task.kind)) return;
  CheckConnected(name, start.task.step, truth, job);
  // A request names job and number alone: sent for one execution, it may be accepted for the next one of that
  // name. No device can tell.
  const ExecutionId& id = state_.current->id;
  bool accepted = truth.accepted;
  for (size_t i = 0; i < truth_.size(); ++i) {
    const ExecutionId& other = service_.executions[i].id;
    accepted = accepted || (truth_[i].accepted && other.job == id.job && other.number == id.number);
  }
  if (!accepted && !truth.foreign) Broken("I4: " + name + " before the service accepted IN_PROGRESS");
  for (size_t other = 0; other < truth_.size(); ++other) {
    if (&truth_[other] == &truth || !truth_[other].begun || truth_[other].closed || journal_was_lost_)
      continue;
    Broken("I3: " + name + " before the execution before it is closed");
  }
}

void World::CheckRun(const StartTask& start, Truth& truth) {
  const size_t job = service_.executions[*service_.Find(state_.current->id)].job;
  const SimStep& sim = scenario_->jobs[job].steps[start.task.step];
  const StepTruth& step = truth.steps[start.task.step];
  const std::string name = "step " + std::to_string(start.task.step + 1) + " of " + scenario_->jobs[job].name;
  for (size_t guard = 0; guard < static_cast<size_t>(sim.guards); ++guard) {
    if (!step.snapshots[guard] || !step.snapshots[guard]->complete) {
      Broken("I5: " + name + " runs before guard " + std::to_string(guard + 1) + " has kept what it changes");
    }
  }
  CheckJobLimit(start, truth, job);
  CheckTries(start, truth, job);
  if (step.runs == 0) return;
  const bool after_reboot = step.wants_reboot && boot_ > step.run_boot;
  // Who has asked to be called again can be called again.
  const bool may_repeat = sim.on_interrupt == OnInterrupt::kRetry || step.laters_known > 0;
  if (!after_reboot && !may_repeat) Broken("I4: " + name + " runs again");
  if (step.runs - step.reboots - step.laters >= scenario_->policy.step_attempts)
    Broken("I6: " + name + " is started again and again");
}

void World::CheckUndo(const StartTask& start, const Truth& truth) {
  const std::string name = ToString(Action(start));
  const size_t execution = *service_.Find(state_.current->id);
  const Held& held = service_.executions[execution];
  if (LivesOf(execution)) Broken("I2: " + name + " while something is alive that the job has kept");
  if (!truth.back && DiskTakes()) Broken("I5: " + name + " before turning back is durable");
  if (truth.committed && !held.deleted && !truth.foreign) {
    Broken("I1: " + name + " after the service accepted SUCCEEDED");
  }
  if (truth.dropped) Broken("I5: " + name + " after its undo data went");
  if (state_.current->undo_failures >= scenario_->policy.undo_attempts) {
    Broken("I6: " + name + " after the last attempt");
  }
  // What services run on is back before they are.
  const StepTruth& now = truth.steps[start.task.step];
  if (start.task.kind == TaskKind::kRestore && GuardIndex(start.task.guard) == 1 && !now.restored[0]) {
    Broken("I1: " + name + " before what they run on");
  }
  for (size_t later = start.task.step + 1; later < scenario_->jobs[held.job].steps.size(); ++later) {
    const SimStep& sim = scenario_->jobs[held.job].steps[later];
    const StepTruth& step = truth.steps[later];
    if (step.runs == 0) continue;
    bool undone = !sim.rollback || step.rolled_back;
    for (size_t guard = 0; guard < static_cast<size_t>(sim.guards); ++guard) {
      undone = undone && step.restored[guard];
    }
    if (!undone) Broken("I1: " + name + " beneath a later step that is not undone");
  }
}

void World::CheckSend(const SendUpdate& update) {
  const std::string name = ToString(Action(update));
  const bool over = update.status == JobStatus::kFailed || update.status == JobStatus::kRejected;
  const auto& kept = journal_->current;
  const bool durable = kept && kept->id == update.execution && kept->update &&
                       kept->update->status == update.status &&
                       kept->update->attempts == state_.current->update->attempts;
  if (!durable && (!disk_was_bad_ || !over)) Broken("I5: " + name + " before it is durable");
  const bool leased = update.step_timeout_minutes.has_value();
  const bool bare = state_.current->update->bare;
  if (update.status == JobStatus::kInProgress && !bare && leased != scenario_->policy.lease)
    Broken("a lease: " + name);
  if (leased && *update.step_timeout_minutes > 240) {
    Broken("a lease of " + std::to_string(*update.step_timeout_minutes) + " minutes");
  }
  if (const auto named = service_.Find(update.execution);
      over && named && update.status != JobStatus::kRejected) {
    const SimJob& job = scenario_->jobs[service_.executions[*named].job];
    const Truth& truth = truth_[*named];
    if ((job.refused || IsRefused(job, truth)) && !cancel_asked_ && !truth.foreign && !in_doubt_ &&
        !truth.accepted && !truth.interrupted) {
      Broken("a job that can never run here is not REJECTED: " + name);
    }
  }
  if (update.details.size() > 10) Broken("more than 10 details: " + name);
  for (const auto& [key, value] : update.details) {
    if (!IsDetailKey(key) || !IsDetailValue(value)) Broken("no legal detail: " + key + " = " + value);
  }
  if (const auto named = service_.Find(update.execution)) CheckTold(update, truth_[*named]);
  const int64_t patience = scenario_->policy.reply_timeout.count();
  if (!update_in_flight_.empty() && now_ - update_sent_ < patience) {
    // A final status may overtake a report of progress, and then finds the version moved on.
    if (update.status == JobStatus::kInProgress)
      Broken("I5: " + name + " while another update waits for its answer");
    ++lost_;
  }
  const auto execution = service_.Find(update.execution);
  if (!execution) return Broken("I5: " + name + " for an execution that no service ever had");
  const Truth& truth = truth_[*execution];
  CheckChecks(update, truth, service_.executions[*execution].job);
  if (truth.back && !over && !truth.committed) Broken("I2: " + name + " although it had turned back");
  if (over && !state_.current->verdict) Broken("I1: " + name + " without a verdict");
  if (over && LivesOf(*execution)) Broken("I2: " + name + " while a task is alive, or what it has kept");
}

void World::CheckCommit(const State& before) {
  if (before.quarantine && !journal_->quarantine) {
    if (before.quarantine->by.job.value.empty() && !cleared_) {
      Broken("I3: a quarantine for the device's own sake was lifted by nobody");
    }
    in_doubt_ = cleared_ = false;
  }
  const auto& current = journal_->current;
  if (current) {
    if (Truth* truth = TruthOf(current->id)) {
      if (truth->back && !TurnedBack(current->phase) && !journal_was_lost_)
        Broken("I2: it had turned back, and goes forward again");
      truth->back = truth->back || TurnedBack(current->phase);
      if (before.current && before.current->id == current->id) {
        BeginAnew(*before.current, *truth);
        CheckWaiting(before, *truth, *service_.Find(current->id));
      }
      truth->called_off = truth->called_off || current->called_off;
    }
    const Held& held = service_.executions[*service_.Find(current->id)];
    const auto lost = [](const std::optional<Execution>& e) {
      return e && e->cause && e->cause->kind == CauseKind::kLost;
    };
    if (lost(current) && !lost(before.current) && !held.deleted && !IsTerminal(held.status)) {
      Broken("I1: " + current->id.job.value + " is taken for lost, and is " +
             std::string(ToString(held.status)));
    }
    if (current->undo_failures > scenario_->policy.undo_attempts) Broken("I6: undo is tried without end");
    if (current->verdict) CheckVerdict(current->id, *service_.Find(current->id), *current->verdict);
  }
  // What is no longer the current one is over, unless it was forgotten before anything was done.
  if (!before.current || (current && current->id == before.current->id)) return;
  const auto ended = std::find_if(journal_->ledger.begin(), journal_->ledger.end(),
                                  [&](const Closed& c) { return c.id == before.current->id; });
  if (ended == journal_->ledger.end()) return;
  const Closed& closed = *ended;
  const auto execution = service_.Find(closed.id);
  if (!execution) return Broken("I5: closed an execution that no service ever had");
  Truth& truth = truth_[*execution];
  truth.closed = true;
  if (closed.status != JobStatus::kSucceeded && LivesOf(*execution)) {
    Broken("I2: " + closed.id.job.value + " is closed, and something of it is alive");
  }
  if (closed.verdict) CheckVerdict(closed.id, *execution, *closed.verdict);
  const bool kept = std::any_of(journal_->stranded.begin(), journal_->stranded.end(),
                                [&](const Execution& e) { return e.id == closed.id; });
  if (closed.verdict == Verdict::kUnsafe && journal_->quarantine && truth.begun && !kept) {
    Broken("I5: " + closed.id.job.value + " could not be undone, and is not kept for another attempt");
  }
  const bool repair = scenario_->jobs[service_.executions[*execution].job].repair;
  if (repair && closed.status == JobStatus::kSucceeded && truth.committed && journal_->quarantine) {
    Broken("I6: a repair succeeded, and the quarantine stays");
  }
  if (closed.status == JobStatus::kSucceeded && !truth.committed && !truth.foreign) {
    Broken("I1: closed as SUCCEEDED, which the service has not accepted");
  }
}

void World::CheckVerdict(const ExecutionId& id, size_t execution, Verdict verdict) {
  Truth& truth = truth_[execution];
  const std::string name = "verdict " + std::string(ToString(verdict)) + " of " + id.job.value;
  if (truth.verdict && *truth.verdict != verdict && !journal_was_lost_)
    Broken("I1: " + name + " after another one");
  if (truth.verdict) return;
  truth.verdict = verdict;
  if (verdict == Verdict::kUnsafe && !journal_->quarantine) Broken("I3: " + name + ", and no quarantine");
  if (verdict == Verdict::kSafe && !IsBack(execution)) Broken("I1: " + name + ", but the device is not back");
  if (verdict == Verdict::kSafe && LivesOf(execution)) Broken("I2: " + name + ", but a task is alive");
  if (verdict == Verdict::kUnsafe && truth.undo_trouble < scenario_->policy.undo_attempts) {
    Broken("I1: " + name + " after too few attempts");
  }
  if (!truth.foreign && !journal_was_lost_) CheckFindings(name, execution, verdict);
}

void World::CheckAccepted(size_t execution, JobStatus status) {
  Truth& truth = truth_[execution];
  const Held& held = service_.executions[execution];
  if (status == JobStatus::kInProgress) truth.accepted = true;
  if (status != JobStatus::kSucceeded) return;
  if (truth.cancelled && !journal_was_lost_ && !truth.foreign) {
    Broken("I5: SUCCEEDED of " + held.id.job.value + ", which the operator was told is called off");
  }
  truth.committed = true;
  cleared_ = cleared_ || scenario_->jobs[held.job].repair;
  const auto& steps = scenario_->jobs[held.job].steps;
  for (size_t step = 0; step < steps.size(); ++step) {
    const Cells wanted = DonePattern(steps[step], truth.steps[step].before, static_cast<int>(execution) + 1);
    // Interrupted or failed, it counts as done all the same: its effects may be half there. And what an
    // interrupted attempt left running may have written more than the next attempt does.
    const bool loose = (truth.interrupted && (steps[step].on_interrupt == OnInterrupt::kDone ||
                                              steps[step].run == Run::kLeavesChild)) ||
                       steps[step].ignore_failure;
    if (cells_[held.job][step] == wanted || loose || truth.foreign) continue;
    Broken("I1: SUCCEEDED accepted, but step " + std::to_string(step + 1) + " is not done");
  }
  ideal_[held.job] = cells_[held.job];
}

void World::CheckAtRest() {
  if (!agent_up_) return Broken("I6: at rest without an agent");
  if (!link_) {
    const Truth* truth = journal_->current ? TruthOf(journal_->current->id) : nullptr;
    // What cut the device off could not be undone.
    const bool for_good = IsCutOff() && truth != nullptr && truth->verdict == Verdict::kUnsafe;
    if (!for_good && !(IsCutOff() && journal_was_lost_)) Broken("I6: at rest without a link");
    return;
  }
  if (TaskLives()) Broken("I2: a task is alive at rest");
  for (const NumberedChild& child : children_) {
    if (!truth_[child.child.execution].committed)
      Broken("I2: what was kept is alive, and its job not committed");
  }
  if (state_.current) Broken("I6: at rest with an execution that is not closed");
  if (Durable(state_) != *journal_) Broken("I5: at rest the journal is not what the agent knows");
  if (!asked_.empty()) Broken("I6: a question of the operator was never answered");
  if (!stalled_.empty()) Broken("I6: at rest with stalled work");
  if (lost_ == 0 && service_.mismatches > 0)
    Broken("an update with a stale version, though nothing was lost");
  for (size_t i = 0; i < service_.executions.size(); ++i) CheckExecutionAtRest(i);
  for (size_t job = 0; job < scenario_->jobs.size(); ++job) CheckDeviceAtRest(job);
}

void World::CheckExecutionAtRest(size_t execution) {
  const Held& held = service_.executions[execution];
  const Truth& truth = truth_[execution];
  const std::string name = held.id.job.value + "#" + std::to_string(held.id.number);
  // Behind one that another client runs, or in quarantine, it waits.
  // A repair waits only behind what the quarantine holds up.
  bool waits = journal_->quarantine.has_value() &&
               (!scenario_->jobs[held.job].repair || scenario_->jobs[held.job].refused);
  for (size_t other = 0; other < execution; ++other) {
    const Held& ahead = service_.executions[other];
    waits = waits || (journal_->quarantine && !ahead.deleted && !IsTerminal(ahead.status));
  }
  for (size_t other = 0; other < truth_.size(); ++other) {
    const Held& ahead = service_.executions[other];
    waits = waits || (truth_[other].foreign && !ahead.deleted && !IsTerminal(ahead.status));
  }
  if (!held.deleted && held.status == JobStatus::kQueued && !waits) {
    Broken("I6: " + name + " is still QUEUED at rest");
  }
  if (!held.deleted && held.status == JobStatus::kInProgress && !truth.foreign && !in_doubt_) {
    Broken("I6: " + name + " is still IN_PROGRESS at rest");
  }
  const auto closed = std::find_if(journal_->ledger.begin(), journal_->ledger.end(),
                                   [&](const Closed& c) { return c.id == held.id; });
  if (closed == journal_->ledger.end()) {
    if (truth.begun && !journal_was_lost_) Broken("I5: " + name + " was begun and is in no ledger");
    return;
  }
  if (held.deleted || truth.foreign || !IsTerminal(held.status)) return;
  if (closed->status != held.status) {
    Broken("I1: the device has " + name + " as " + std::string(ToString(closed->status)) +
           ", the service as " + std::string(ToString(held.status)));
  }
}

// SUCCEEDED: the effects are there. Any other end: they are gone, or the device says that it is not sure.
void World::CheckDeviceAtRest(size_t job) {
  if (in_doubt_ && journal_->quarantine) return;
  if (cells_[job] == ideal_[job]) return;
  for (size_t i = 0; i < truth_.size(); ++i) {
    const Held& held = service_.executions[i];
    const Truth& truth = truth_[i];
    if (held.job != job) continue;
    if (truth.verdict && *truth.verdict != Verdict::kSafe) return;
    if (truth.foreign || journal_was_lost_) return;
    // Deleted after its success was accepted, before the device heard of it: undone is right too.
    if (truth.committed && held.deleted && IsBack(i)) return;
  }
  Broken("I1: the device is not as the ends of job " + scenario_->jobs[job].name + " say");
}

}  // namespace kedge::sim
