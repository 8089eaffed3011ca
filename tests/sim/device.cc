#include "sim/device.h"

namespace kedge::sim {
namespace {

constexpr int kRebootWanted = 194;
constexpr int kLater = 75;
constexpr int kCannotTell = 3;

std::vector<Moment> PlainRunMoments(const SimStep& step, const StepTruth& truth) {
  using enum Act;
  if (truth.laters < step.later) return {{2, kWrite, 0}, {4, kExit, kLater}};
  switch (step.run) {
    case Run::kSucceeds:
      return {{2, kWrite, 0}, {4, kWrite, 1}, {6, kExit, 0}};
    case Run::kSlow:
    case Run::kDeaf:
      return {{2, kWrite, 0}, {12000, kWrite, 1}, {12002, kExit, 0}};
    case Run::kFails:
      return {{2, kWrite, 0}, {4, kExit, 3}};
    case Run::kHalf:
      return {{2, kWrite, 0}, {4, kExit, 0}};
    case Run::kCrashes:
      return {{2, kWrite, 0}, {4, kExit, -11}};
    case Run::kHangs:
    case Run::kStuck:
      return {{2, kWrite, 0}};
    case Run::kLeavesChild:
      return {{2, kWrite, 0}, {4, kExit, 0}, {1000, kWrite, 1}, {1002, kExit, 0}};
    case Run::kRebootsOnce:
      if (truth.reboots == 0) return {{2, kWrite, 0}, {4, kExit, kRebootWanted}};
      return {{2, kWrite, 0}, {4, kWrite, 1}, {6, kExit, 0}};
    case Run::kRebootsForEver:
      return {{2, kWrite, 0}, {4, kExit, kRebootWanted}};
  }
  return {};
}

// It tells something before each thing it does.
std::vector<Moment> RunMoments(const SimStep& step, const StepTruth& truth) {
  const std::vector<Moment> does = PlainRunMoments(step, truth);
  if (step.tells == Tells::kNothing) return does;
  std::vector<Moment> moments;
  int words = 0;
  for (const Moment& moment : does) {
    moments.push_back({moment.after, Act::kTell, words++});
    moments.push_back(moment);
  }
  return moments;
}

// The first undo task fails as often as the scenario says; the last one leaves the difference.
std::vector<Moment> UndoMoments(const SimStep& step, const Task& task, StepTruth& truth) {
  using enum Act;
  const bool first = task.kind == TaskKind::kRollback || (!step.rollback && GuardIndex(task.guard) == 0);
  const bool last = step.guards == 0 || (task.kind == TaskKind::kRestore &&
                                         GuardIndex(task.guard) + 1 == static_cast<size_t>(step.guards));
  if (first && truth.undo_failed < step.undo_fails) {
    ++truth.undo_failed;
    if (step.undo_hangs) return {{2, kPutBack, 0}};
    return {{2, kPutBack, 0}, {4, kExit, 1}};
  }
  return {{2, kPutBack, 0}, {4, last && step.differs ? kSpoil : kPutBack, 1}, {5, kExit, 0}};
}

int CheckStatus(const SimStep& step, const Task& task, const StepTruth& truth) {
  if (task.guard.empty()) {
    if (truth.check_laters < step.check_later) return kLater;
    return step.check_refuses ? 1 : 0;
  }
  if (truth.guard_laters[GuardIndex(task.guard)] < step.guard_later) return kLater;
  switch (step.way_back) {
    case WayBack::kNotExact:
      return 1;
    case WayBack::kUnknownVerb:
      return 2;
    case WayBack::kCrashes:
      return -11;
    default:
      return 0;
  }
}

// The first verification that the undo of the step has.
bool IsFirstVerification(const SimStep& step, const Task& task) {
  if (step.verify) return task.kind == TaskKind::kVerifyUndone;
  return task.kind == TaskKind::kVerifyGuard && GuardIndex(task.guard) == 0;
}

int VerifyStatus(const SimStep& step, const Task& task, const StepTruth& truth, const std::string& says) {
  if (IsFirstVerification(step, task) && truth.told_unsure < step.cannot_tell) return kCannotTell;
  return says.empty() ? 0 : 1;
}

void Compare(const Cells& cells, const Cells& wanted, const SimStep& step, std::optional<size_t> guard,
             std::string* says) {
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    if (guard && !Keeps(step, *guard, cell)) continue;
    if (cells[cell] == wanted[cell]) continue;
    *says += "cell " + std::to_string(cell + 1) + ": is " + std::to_string(cells[cell]) + ", was " +
             std::to_string(wanted[cell]) + "\n";
  }
}

}  // namespace

size_t GuardIndex(const std::string& guard) { return guard == "services" ? 1 : 0; }

size_t SlotOf(const std::string& guard) { return guard.empty() ? 0 : 1 + GuardIndex(guard); }

bool Keeps(const SimStep& step, size_t guard, size_t cell) { return step.guards == 1 || guard == cell; }

Cells DonePattern(const SimStep& step, const Cells& before, int value) {
  switch (step.run) {
    case Run::kFails:
    case Run::kCrashes:
    case Run::kLeavesChild:
      return {value, before[1]};
    default:
      return {value, value};
  }
}

bool HasWayBack(const SimStep& step) { return step.guards > 0 || step.rollback; }

bool IsVerified(const SimStep& step) { return step.guards > 0 || (step.rollback && step.verify); }

std::vector<Moment> MomentsOf(const SimStep& step, const Task& task, StepTruth& truth, const Cells& cells,
                              int value, bool reboot_refused, std::string* says) {
  using enum Act;
  switch (task.kind) {
    case TaskKind::kCheck:
      return {{2, kExit, CheckStatus(step, task, truth)}};
    case TaskKind::kSnapshot:
      if (step.snapshot_fails) return {{2, kExit, 1}};
      return {{2, kKeep, static_cast<int>(GuardIndex(task.guard))}, {3, kExit, 0}};
    case TaskKind::kRun:
      return RunMoments(step, truth);
    case TaskKind::kRollback:
    case TaskKind::kRestore:
      return UndoMoments(step, task, truth);
    case TaskKind::kVerifyDone:
      return {{2, kExit, cells == DonePattern(step, truth.before, value) ? 0 : 1}};
    case TaskKind::kVerifyUndone:
      Compare(cells, truth.before, step, std::nullopt, says);
      return {{2, kExit, VerifyStatus(step, task, truth, *says)}};
    case TaskKind::kVerifyGuard: {
      const auto& kept = truth.snapshots[GuardIndex(task.guard)];
      Compare(cells, kept ? kept->cells : Cells{kSpoiled, kSpoiled}, step, GuardIndex(task.guard), says);
      return {{2, kExit, VerifyStatus(step, task, truth, *says)}};
    }
    case TaskKind::kReboot:
      return {{2, kExit, reboot_refused ? 1 : 0}};
    case TaskKind::kKept:
      break;  // never started
  }
  return {};
}

}  // namespace kedge::sim
