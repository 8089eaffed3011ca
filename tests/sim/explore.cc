#include "sim/explore.h"

namespace kedge::sim {
namespace {

// Torn in part, or got through: another case only where something is being written.
bool NeedsWriter(FaultKind kind) {
  switch (kind) {
    case FaultKind::kPowerHalf:
    case FaultKind::kPowerAll:
    case FaultKind::kOfflineHalf:
    case FaultKind::kOfflineAll:
    case FaultKind::kKillHalf:
    case FaultKind::kKillAll:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<FaultKind> Cancels() {
  using enum FaultKind;
  return {kCanceled, kForced, kCanceledUnheard, kGraceful, kTimedOut, kRemoved, kDeleted, kGracefulForced};
}

std::vector<FaultKind> Crashes() {
  using enum FaultKind;
  return {kPowerNone, kPowerHalf, kPowerAll, kOfflineNone, kKillNone, kKillHalf, kKillAll};
}

void Explorer::Run(const std::function<bool()>& stop) {
  World world(scenario_, options_);
  Explore(world, 0, stop);
}

bool Explorer::IsHere(const World& world, size_t level) const {
  const Level& here = levels_[level];
  if (level == 0 && world.operations() % slice_.of != slice_.part) return false;
  if (world.operations() % here.every != 0) return false;
  return !here.crash_points || world.AtCrashPoint();
}

void Explorer::Branch(const World& world, size_t level, const std::function<bool()>& stop) {
  for (const FaultKind kind : levels_[level].kinds) {
    if (NeedsWriter(kind) && !world.TaskWrites()) continue;
    World fork = world;
    const Fault fault{kind, world.operations(), levels_[level].arg};
    if (!fork.Apply(fault)) continue;
    path_.push_back(fault);
    if (level + 1 < levels_.size()) {
      Explore(std::move(fork), level + 1, stop);
    } else {
      Finish(fork);
    }
    path_.pop_back();
    if (!broken_.empty() || stop()) return;
  }
}

void Explorer::Explore(World world, size_t level, const std::function<bool()>& stop) {
  while (world.broken().empty()) {
    if (IsHere(world, level)) Branch(world, level, stop);
    if (!broken_.empty() || stop()) return;
    ++operations_;
    if (!world.Step()) break;
  }
  Finish(world);
}

void Explorer::Finish(World& world) {
  while (world.broken().empty() && world.Step()) ++operations_;
  if (world.broken().empty()) world.CheckAtRest();
  if (world.broken().empty() && path_.empty()) world.CheckCalmEnd();
  ++cases_;
  if (world.broken().empty()) return;
  broken_ = world.broken();
  failing_ = path_;
}

}  // namespace kedge::sim
