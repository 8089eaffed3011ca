// The life of child processes: what they write, how they end, what a crash leaves of their work.
#include <algorithm>

#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int64_t kRebootAfter = 100;
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

void World::On(ChildMoves& item) {
  NumberedChild* found = ChildOf(item.serial);
  if (found == nullptr) return;
  Child& child = found->child;
  if (scenario_->jobs[child.job].steps[child.task.step].brings_down == child.task.kind)
    return CutPower(1, false, false);
  const Moment moment = child.moments[child.next++];
  if (moment.act == Act::kExit) {
    if (child.awaited) return EndChild(item.serial, Interrupted{}, true);
    const bool owned = child.life == life_ && agent_up_;
    // Without an agent to end it, what the main process left behind goes on.
    if (owned || child.next == child.moments.size()) {
      Ending ending = Exited{moment.arg};
      if (moment.arg < 0) ending = Signalled{-moment.arg, false};
      return EndChild(item.serial, ending, owned);
    }
  } else {
    DoMoment(child, moment);
  }
  if (child.next < child.moments.size()) {
    At(child.started + child.moments[child.next].after, ChildMoves{item.serial});
  }
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
    case Act::kExit:
    case Act::kNothing:
      break;
  }
  if (story_ != nullptr) {
    Tell("    device: " + std::string(ToString(child.task.kind)) + " of step " + std::to_string(step + 1) +
         ", cells are now " + std::to_string(cells[0]) + " " + std::to_string(cells[1]));
  }
}

// Nothing of it is alive any more; `tell`: the agent that started it, or asked for its end, hears of it.
void World::EndChild(int64_t serial, const Ending& ending, bool tell) {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [serial](const NumberedChild& c) { return c.serial == serial; });
  if (found == children_.end()) return;
  const Child child = std::move(found->child);
  children_.erase(found);
  std::erase_if(agenda_, [serial](const Item& item) {
    const auto* moves = std::get_if<ChildMoves>(&item.what);
    const auto* limit = std::get_if<ChildLimit>(&item.what);
    const auto* dies = std::get_if<ChildDies>(&item.what);
    return (moves != nullptr && moves->serial == serial) || (limit != nullptr && limit->serial == serial) ||
           (dies != nullptr && dies->serial == serial);
  });
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
  if (story_ != nullptr) Tell("    device: task " + std::to_string(child.task.id) + " is gone");
  if (!tell) return;
  TaskEnded ended{child.task.id, ending, {}};
  ended.output.out.head = child.says;
  At(now_, ToAgent{std::move(ended)});
}

void World::StopChild(NumberedChild& child, int64_t grace, const Ending* instead) {
  if (instead != nullptr && std::holds_alternative<Interrupted>(*instead)) child.child.awaited = true;
  int64_t takes = child.child.deaf ? grace : kDies;
  if (child.child.stuck) takes = grace + kStuck;
  const int signal = child.child.deaf || child.child.stuck ? 9 : 15;
  At(now_ + takes, ChildDies{child.serial, instead != nullptr ? *instead : Ending(Signalled{signal, false})});
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
  cells_[child.job][child.task.step] = child.prior;
  int written = 0;
  for (const Moment& moment : child.moments) {
    if (moment.act == Act::kExit || moment.act == Act::kNothing) continue;
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
