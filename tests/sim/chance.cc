#include "sim/chance.h"

#include <algorithm>
#include <iterator>

namespace kedge::sim {
namespace {

// SplitMix64: small, and the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  // From 0 to below `n`.
  int64_t Below(int64_t n) { return n <= 0 ? 0 : static_cast<int64_t>(Next() % static_cast<uint64_t>(n)); }
  bool OneIn(int64_t n) { return Below(n) == 0; }

 private:
  uint64_t state_;
};

SimStep AnyStep(Dice& dice) {
  using enum Run;
  static constexpr Run kRuns[] = {kSucceeds, kSucceeds,    kSucceeds,    kSucceeds,      kSucceeds,
                                  kSlow,     kSlow,        kFails,       kCrashes,       kHangs,
                                  kDeaf,     kStuck,       kSlow,        kSucceeds,      kSucceeds,
                                  kSucceeds, kLeavesChild, kRebootsOnce, kRebootsForEver};
  SimStep step;
  step.run = kRuns[dice.Below(std::size(kRuns))];
  step.guards = static_cast<int>(dice.OneIn(8) ? 0 : 1 + dice.Below(2));
  step.rollback = dice.OneIn(3);
  step.verify = dice.OneIn(4) && (step.guards > 0 || step.rollback);
  step.check = dice.OneIn(5);
  step.check_refuses = step.check && dice.OneIn(8);
  step.snapshot_fails = step.guards > 0 && dice.OneIn(25);
  if (dice.OneIn(5)) step.undo_fails = dice.OneIn(4) ? kForEver : static_cast<int>(1 + dice.Below(3));
  step.undo_hangs = dice.OneIn(4);
  step.differs = dice.OneIn(20);
  if (dice.OneIn(5)) step.on_interrupt = dice.OneIn(3) ? OnInterrupt::kDone : OnInterrupt::kRetry;
  step.interruptible = !dice.OneIn(6);
  step.ignore_failure = dice.OneIn(10);
  return step;
}

// What a step keeps and tells, in every second seed. Dice of its own: the other half of the seeds are what
// they always were.
void KeepAndTell(Scenario& scenario, uint64_t seed) {
  static constexpr Tells kTells[] = {Tells::kNothing, Tells::kSome, Tells::kSome, Tells::kRefused,
                                     Tells::kMany};
  if (seed % 2 == 0) return;
  Dice dice(seed * 0x9e6c63d0876a9a47ull + 7);
  for (SimJob& job : scenario.jobs) {
    if (dice.OneIn(3)) job.limit_seconds = static_cast<int>(1 + dice.Below(dice.OneIn(2) ? 5 : 150));
    for (SimStep& step : job.steps) {
      step.tells = kTells[dice.Below(std::size(kTells))];
      step.keeps = dice.OneIn(3);
      if (dice.OneIn(3)) step.kept_ends = static_cast<int>(1 + dice.Below(dice.OneIn(2) ? 20 : 20000));
      step.kept_deaf = dice.OneIn(4);
      if (dice.OneIn(6)) step.lingers = static_cast<int>(1 + dice.Below(2000));
    }
  }
}

// Waiting, connections and what guards say, in every third seed; likewise.
void WaitAndConnect(Scenario& scenario, uint64_t seed) {
  static constexpr Net kNets[] = {Net::kGood, Net::kGood, Net::kSlow, Net::kLate, Net::kCut, Net::kCutAtOnce};
  static constexpr WayBack kWays[] = {WayBack::kExact,    WayBack::kExact,       WayBack::kExact,
                                      WayBack::kNotExact, WayBack::kUnknownVerb, WayBack::kCrashes};
  static constexpr Renews kRenews[] = {Renews::kSame, Renews::kUrls, Renews::kUrls, Renews::kAnother,
                                       Renews::kNone};
  if (seed % 3 != 1) return;
  Dice dice(seed * 0xd1342543de82ef95ull + 3);
  const auto times = [&dice] { return dice.OneIn(5) ? kForEver : static_cast<int>(1 + dice.Below(4)); };
  scenario.no_way_back_runs = dice.OneIn(2);
  for (SimJob& job : scenario.jobs) {
    job.renews = kRenews[dice.Below(std::size(kRenews))];
    for (SimStep& step : job.steps) {
      if (dice.OneIn(3)) step.later = times();
      if (step.check && dice.OneIn(3)) step.check_later = times();
      if (dice.OneIn(4)) step.way_back = kWays[dice.Below(std::size(kWays))];
      if (step.way_back != WayBack::kNotAsked && dice.OneIn(5)) step.guard_later = times();
      if (dice.OneIn(6)) step.cannot_tell = times();
      if (dice.OneIn(3)) step.net = kNets[dice.Below(std::size(kNets))];
      // What cuts the device off for good leaves nothing to be seen at the service.
      const bool cuts = step.net == Net::kCut || step.net == Net::kCutAtOnce;
      if (cuts && (!HasWayBack(step) || step.undo_fails >= scenario.policy.undo_attempts))
        step.net = Net::kSlow;
    }
  }
}

std::unique_ptr<Scenario> AnyScenario(Dice& dice, uint64_t seed) {
  auto scenario = std::make_unique<Scenario>();
  scenario->name = "seed " + std::to_string(seed);
  const int64_t jobs = 1 + dice.Below(3);
  for (int64_t i = 0; i < jobs; ++i) {
    SimJob job;
    job.name = std::string(1, static_cast<char>('a' + i));
    job.refused = dice.OneIn(12);
    const int64_t steps = 1 + dice.Below(4);
    for (int64_t s = 0; s < steps && !job.refused; ++s) job.steps.push_back(AnyStep(dice));
    if (!job.refused) job.steps.back().is_final = dice.OneIn(4) && job.steps.size() > 1;
    if (dice.OneIn(6)) job.timeout_minutes = static_cast<int>(1 + dice.Below(10));
    job.repair = i > 0 && dice.OneIn(5);
    scenario->jobs.push_back(std::move(job));
  }
  scenario->device_reboots = !dice.OneIn(6);
  scenario->reboot_refused = dice.OneIn(10);
  scenario->lease = dice.OneIn(2);
  KeepAndTell(*scenario, seed);
  WaitAndConnect(*scenario, seed);
  Prepare(*scenario);
  return scenario;
}

int64_t Span(Dice& dice) {
  static constexpr int64_t kSpans[] = {3, 20, 300, 3000, 20000, 100000, 1000000};
  return kSpans[dice.Below(std::size(kSpans))];
}

FaultKind AnyKind(Dice& dice) {
  // Each as likely as its place says; the common troubles stand more than once.
  using enum FaultKind;
  static constexpr FaultKind kKinds[] = {kCanceled,
                                         kCanceled,
                                         kCanceledUnheard,
                                         kTimedOut,
                                         kRemoved,
                                         kDeleted,
                                         kGraceful,
                                         kForced,
                                         kForced,
                                         kGracefulForced,
                                         kClear,
                                         kRetry,
                                         kTopicCancel,
                                         kShutdown,
                                         kPowerNone,
                                         kPowerHalf,
                                         kPowerAll,
                                         kOfflineNone,
                                         kOfflineHalf,
                                         kOfflineAll,
                                         kKillNone,
                                         kKillHalf,
                                         kKillAll,
                                         kPowerHalf,
                                         kKillHalf,
                                         kTouch,
                                         kElsewhere,
                                         kAgainSameNumber,
                                         kAgainSameNumber,
                                         kAgain,
                                         kLinkDown,
                                         kLinkDown,
                                         kAway,
                                         kThrottled,
                                         kInternal,
                                         kDrop,
                                         kDrop,
                                         kDrop,
                                         kDouble,
                                         kLate,
                                         kLate,
                                         kDiskFull,
                                         kDiskBroken,
                                         kWallJump,
                                         kJournalLost,
                                         kClear,
                                         kRetry};
  return kKinds[dice.Below(std::size(kKinds))];
}

Fault AnyFault(Dice& dice, int64_t operations, int64_t messages, int64_t jobs) {
  Fault fault;
  fault.kind = AnyKind(dice);
  fault.at = dice.Below(IsMessageFault(fault.kind) ? messages : operations);
  switch (fault.kind) {
    case FaultKind::kCanceled:
    case FaultKind::kCanceledUnheard:
    case FaultKind::kTimedOut:
    case FaultKind::kRemoved:
    case FaultKind::kDeleted:
    case FaultKind::kTouch:
    case FaultKind::kElsewhere:
    case FaultKind::kAgain:
    case FaultKind::kAgainSameNumber:
      fault.arg = dice.Below(jobs);
      break;
    case FaultKind::kTopicCancel:
    case FaultKind::kDiskBroken:
      fault.arg = dice.Below(2);
      break;
    case FaultKind::kThrottled:
    case FaultKind::kInternal:
      fault.arg = 1 + dice.Below(6);
      break;
    case FaultKind::kLinkDown:
    case FaultKind::kAway:
    case FaultKind::kLate:
      fault.arg = Span(dice);
      break;
    case FaultKind::kDiskFull:
      fault.arg = Span(dice) * (dice.OneIn(3) ? -1 : 1);
      break;
    case FaultKind::kWallJump:
      fault.arg = (dice.OneIn(2) ? 1 : -1) * Span(dice) * 600;
      break;
    default:
      break;
  }
  return fault;
}

}  // namespace

RandomCase CaseOf(uint64_t seed) {
  Dice dice(seed * 0x2545f4914f6cdd1dull + 1);
  RandomCase random;
  random.scenario = AnyScenario(dice, seed);
  random.c.scenario = random.scenario.get();
  random.c.options = {true, seed + 1, true};
  // How long the undisturbed run is, to spread the faults over it and what they add.
  World calm(random.scenario.get(), {false, seed + 1, true});
  while (calm.broken().empty() && calm.Step()) {
  }
  const auto jobs = static_cast<int64_t>(random.scenario->jobs.size());
  const int64_t faults = dice.Below(3) + dice.Below(6);
  for (int64_t i = 0; i < faults; ++i) {
    random.c.faults.push_back(AnyFault(dice, calm.operations() * 3 / 2, calm.messages() * 3 / 2, jobs));
  }
  std::stable_sort(random.c.faults.begin(), random.c.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return random;
}

}  // namespace kedge::sim
