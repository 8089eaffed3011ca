// The life of child processes: what they write, how they end, what a crash leaves of their work.
#include <algorithm>

#include "sim/tells.h"
#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int64_t kRebootAfter = 100;
constexpr int64_t kTooLate = 3;           // ms after the end
constexpr int64_t kToldOfSurvivor = 500;  // ms after a KILL that did not help
constexpr int kRebootWanted = 194;

bool IsUndo(TaskKind kind) { return !IsForward(kind); }

}  // namespace

World::NumberedChild* World::ChildOf(int64_t serial) {
  for (NumberedChild& child : children_) {
    if (child.serial == serial) return &child;
  }
  return nullptr;
}

World::NumberedChild* World::ChildOfTask(int64_t task) {
  for (NumberedChild& child : children_) {
    if (child.child.task.id == task) return &child;
  }
  return nullptr;
}

bool World::TaskLives() const {
  return std::any_of(children_.begin(), children_.end(),
                     [](const NumberedChild& child) { return !child.child.kept; });
}

bool World::LivesOf(size_t execution) const {
  return std::any_of(children_.begin(), children_.end(), [execution](const NumberedChild& child) {
    return !child.child.kept || child.child.execution == execution;
  });
}

void World::On(ChildMoves& item) {
  NumberedChild* found = ChildOf(item.serial);
  if (found == nullptr) return;
  Child& child = found->child;
  // What was kept ends by itself.
  if (child.kept) return EndChild(item.serial, Interrupted{}, child.life == life_ && agent_up_);
  if (scenario_->jobs[child.job].steps[child.task.step].brings_down == child.task.kind)
    return CutPower(1, false, false);
  const Moment moment = child.moments[child.next++];
  if (moment.act == Act::kExit) return MainExits(*found, moment.arg);
  DoMoment(child, moment);
  if (child.next < child.moments.size()) {
    At(child.started + child.moments[child.next].after, ChildMoves{item.serial});
  }
}

void World::MainExits(NumberedChild& numbered, int status) {
  Child& child = numbered.child;
  const int64_t serial = numbered.serial;
  const SimStep& sim = scenario_->jobs[child.job].steps[child.task.step];
  Ending ending = Exited{status};
  if (status < 0) ending = Signalled{-status, false};
  const bool owned = child.life == life_ && agent_up_;
  const bool is_run = child.task.kind == TaskKind::kRun;
  if (is_run && sim.keeps && status == 0 && !child.stopping) return Keep(numbered, ending, owned);
  if (child.awaited) return EndChild(serial, Interrupted{}, true);
  if (is_run && sim.lingers > 0 && owned) {
    std::erase_if(agenda_, [serial](const Item& item) {
      const auto* limit = std::get_if<ChildLimit>(&item.what);
      return limit != nullptr && limit->serial == serial;
    });
    return At(now_ + sim.lingers, ChildDies{serial, ending});
  }
  // Without an agent to end it, what the main process left behind goes on.
  if (owned || child.next == child.moments.size()) return EndChild(serial, ending, owned);
  At(child.started + child.moments[child.next].after, ChildMoves{serial});
}

// The task is over; what it left behind runs on, of the same name.
void World::Keep(NumberedChild& numbered, const Ending& ending, bool tell) {
  Child& child = numbered.child;
  const int64_t serial = numbered.serial;
  const SimStep& sim = scenario_->jobs[child.job].steps[child.task.step];
  LearnEnd(child, ending, tell);
  child.kept = true;
  child.moments.clear();
  child.deaf = sim.kept_deaf;
  std::erase_if(agenda_, [serial](const Item& item) {
    const auto* limit = std::get_if<ChildLimit>(&item.what);
    return limit != nullptr && limit->serial == serial;
  });
  if (sim.kept_ends > 0) At(now_ + sim.kept_ends, ChildMoves{serial});
  if (story_ != nullptr)
    Tell("    device: task " + std::to_string(child.task.id) + " is over, and keeps something");
  if (tell) TellAgent(child, ending, true);
}

void World::DoMoment(Child& child, const Moment& moment) {
  const size_t step = child.task.step;
  StepTruth& truth = truth_[child.execution].steps[step];
  Cells& cells = cells_[child.job][step];
  const SimStep& sim = scenario_->jobs[child.job].steps[step];
  const auto index = static_cast<size_t>(moment.arg);
  switch (moment.act) {
    case Act::kWrite:
      cells[index] = static_cast<int>(child.execution) + 1;
      if (index == 0 && sim.net == Net::kCutAtOnce && link_) {
        LinkGoes();
        link_waits_ = true;
        if (agent_up_) At(now_, ToAgent{LinkDown{"simulated"}});
      }
      break;
    case Act::kSpoil:
      cells[index] = kSpoiled;
      break;
    case Act::kPutBack:
      if (child.task.kind == TaskKind::kRollback) {
        cells[index] = truth.before[index];
      } else if (Keeps(sim, GuardIndex(child.task.guard), index)) {
        const auto& kept = truth.snapshots[GuardIndex(child.task.guard)];
        if (!kept || !kept->complete) return Broken("I5: a restore without a complete snapshot");
        cells[index] = kept->cells[index];
      }
      break;
    case Act::kKeep:
      truth.snapshots[index] = Snapshot{cells, true};
      break;
    case Act::kTell:
      return Speak(child, moment.arg);
    case Act::kExit:
    case Act::kNothing:
      break;
  }
  if (story_ != nullptr) {
    Tell("    device: " + std::string(ToString(child.task.kind)) + " of step " + std::to_string(step + 1) +
         ", cells are now " + std::to_string(cells[0]) + " " + std::to_string(cells[1]));
  }
}

Child World::RemoveChild(int64_t serial) {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [serial](const NumberedChild& c) { return c.serial == serial; });
  Child child = std::move(found->child);
  children_.erase(found);
  std::erase_if(agenda_, [serial](const Item& item) {
    const auto* moves = std::get_if<ChildMoves>(&item.what);
    const auto* limit = std::get_if<ChildLimit>(&item.what);
    const auto* dies = std::get_if<ChildDies>(&item.what);
    const auto* survives = std::get_if<ChildSurvives>(&item.what);
    return (moves != nullptr && moves->serial == serial) || (limit != nullptr && limit->serial == serial) ||
           (dies != nullptr && dies->serial == serial) || (survives != nullptr && survives->serial == serial);
  });
  return child;
}

// Nothing of it is alive any more; `tell`: the agent that started it, or asked for its end, hears of it.
void World::EndChild(int64_t serial, const Ending& ending, bool tell) {
  if (ChildOf(serial) == nullptr) return;
  Child child = RemoveChild(serial);
  if (story_ != nullptr) Tell("    device: task " + std::to_string(child.task.id) + " is gone");
  if (child.kept) {
    // The task itself was reported before.
    if (tell) At(now_, ToAgent{TaskEnded{child.task.id, Interrupted{}}});
    return;
  }
  LearnEnd(child, ending, tell);
  Truth& truth = truth_[child.execution];
  StepTruth& step = truth.steps[child.task.step];
  const bool ok = Succeeded(ending);
  const auto* exited = std::get_if<Exited>(&ending);
  if (exited != nullptr && exited->status == kRebootWanted && child.task.kind == TaskKind::kRun) {
    step.wants_reboot = true;
    ++step.reboots;
  }
  if (ok && child.task.kind == TaskKind::kRollback) step.rolled_back = true;
  if (ok && child.task.kind == TaskKind::kRestore) step.restored[GuardIndex(child.task.guard)] = true;
  if (ok && child.task.kind == TaskKind::kReboot && scenario_->device_reboots) {
    At(now_ + kRebootAfter, DeviceReboots{});
  }
  if (!ok && IsUndo(child.task.kind)) ++truth.undo_trouble;
  if (tell) TellAgent(child, ending, false);
}

void World::TellAgent(Child& child, const Ending& ending, bool kept) {
  const SimStep& sim = scenario_->jobs[child.job].steps[child.task.step];
  TaskEnded ended{child.task.id, ending};
  ended.output.out.head = child.says;
  ended.usage.wall = std::chrono::milliseconds(now_ - child.started);
  ended.usage.kept = kept;
  if (kept) ended.usage.leftovers = {"server"};
  ended.told = std::move(child.untold);
  child.untold.clear();
  At(now_, ToAgent{std::move(ended)});
  if (child.task.kind != TaskKind::kRun) return;
  truth_[child.execution].steps[child.task.step].last_used = now_ - child.started;
  if (sim.tells != Tells::kNothing) At(now_ + kTooLate, ToAgent{TaskTold{child.task.id, LateWords()}});
}

// On KEDGE_STATUS_FD. The agent hears of it now (of some words twice), or with what comes next.
void World::Speak(Child& child, int words) {
  if (child.life != life_ || !agent_up_) return;
  StepTruth& truth = truth_[child.execution].steps[child.task.step];
  const SimStep& sim = scenario_->jobs[child.job].steps[child.task.step];
  const DetailsMap said = WordsOf(sim.tells, child.task.step, truth.runs, words);
  Hear(said, &truth.told);
  for (const auto& [key, value] : said) child.untold[key] = value;
  if (!IsPassedOn(words)) return;
  for (int times = 0; times <= words % 2; ++times) At(now_, ToAgent{TaskTold{child.task.id, child.untold}});
  child.untold.clear();
}

// A start of `run` whose end is not in the journal has told nothing and took no time, as far as the next life
// can know.
void World::ForgetWhatIsNotDurable() {
  if (!journal_->current) return;
  Truth* truth = TruthOf(journal_->current->id);
  if (truth == nullptr) return;
  ForgetTries(*truth);
  truth->connects_since = now_;
  for (size_t step = 0; step < journal_->current->steps.size() && step < kMostSteps; ++step) {
    if (journal_->current->steps[step].ending) continue;
    truth->steps[step].told.clear();
    truth->steps[step].last_used = 0;
  }
}

void World::StopChild(NumberedChild& child, int64_t grace, const Ending* instead) {
  if (instead != nullptr && std::holds_alternative<Interrupted>(*instead)) child.child.awaited = true;
  child.child.stopping = true;
  int64_t takes = child.child.deaf ? grace : kDies;
  if (child.child.stuck) takes = grace + kStuck;
  const int signal = child.child.deaf || child.child.stuck ? 9 : 15;
  At(now_ + takes, ChildDies{child.serial, instead != nullptr ? *instead : Ending(Signalled{signal, false})});
  if (!child.child.stuck) return;
  At(now_ + grace + kToldOfSurvivor, ChildSurvives{child.serial, "dd (77) in uninterruptible sleep"});
  At(now_ + grace + kStuck / 2, ChildSurvives{child.serial, "dd (77) in uninterruptible sleep, elsewhere"});
}

void World::On(ChildSurvives& item) {
  const NumberedChild* child = ChildOf(item.serial);
  if (child == nullptr || child->child.life != life_) return;
  At(now_, ToAgent{TaskSurvives{child->child.task.id, item.who}});
}

void World::On(ChildLimit& item) {
  if (NumberedChild* child = ChildOf(item.serial)) {
    const Ending over = TimedOut{std::chrono::milliseconds(now_ - child->child.started)};
    StopChild(*child, scenario_->policy.grace.count(), &over);
  }
}

void World::On(ChildDies& item) {
  const NumberedChild* child = ChildOf(item.serial);
  if (child == nullptr) return;
  if (child->child.awaited) return EndChild(item.serial, Interrupted{}, true);
  // Strays of an earlier life have nobody who waits for them.
  EndChild(item.serial, item.ending, agent_up_ && child->child.life == life_);
}

// The power went while it ran: of what it had to write none, half or all got through.
void World::Tear(NumberedChild& numbered, int got_through) {
  Child& child = numbered.child;
  if (child.kept) return;  // it writes nothing
  if (child.task.kind == TaskKind::kRun) {
    StepTruth& step = truth_[child.execution].steps[child.task.step];
    step.ran_on = connection_;
    step.proved = false;
  }
  cells_[child.job][child.task.step] = child.prior;
  int written = 0;
  for (const Moment& moment : child.moments) {
    if (moment.act == Act::kExit || moment.act == Act::kTell || moment.act == Act::kNothing) continue;
    if (moment.act == Act::kKeep) {
      auto& kept = truth_[child.execution].steps[child.task.step].snapshots[static_cast<size_t>(moment.arg)];
      if (got_through == 0) kept.reset();
      if (got_through == 1) kept = Snapshot{{kSpoiled, kSpoiled}, false};
      if (got_through == 2) DoMoment(child, moment);
      continue;
    }
    if (got_through < 2 && ++written > got_through) break;
    DoMoment(child, moment);
  }
}

}  // namespace kedge::sim
