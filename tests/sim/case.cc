#include "sim/case.h"

#include <algorithm>

namespace kedge::sim {
namespace {

constexpr int kMostTries = 2000;
constexpr int64_t kPatience = 600;  // operations after the last fault

class Shrinker {
 public:
  explicit Shrinker(Case c) : best_(std::move(c)) {
    const auto broken = RunCase(best_);
    if (!broken.empty()) rule_ = RuleOf(broken[0]);
  }

  Case Run() {
    if (rule_.empty()) return best_;
    bool better = true;
    while (better && tries_ < kMostTries) better = Fewer() || Earlier();
    return best_;
  }

 private:
  bool Take(Case c) {
    ++tries_;
    const auto broken = RunCase(c);
    if (broken.empty() || RuleOf(broken[0]) != rule_) return false;
    best_ = std::move(c);
    return true;
  }

  bool Fewer() {
    for (size_t i = 0; i < best_.faults.size(); ++i) {
      Case c = best_;
      c.faults.erase(c.faults.begin() + static_cast<std::ptrdiff_t>(i));
      if (Take(std::move(c))) return true;
    }
    return false;
  }

  bool Earlier() {
    for (size_t i = 0; i < best_.faults.size(); ++i) {
      const int64_t at = best_.faults[i].at;
      // All of the first hundred operations, then coarser.
      for (int64_t earlier = 0; earlier < at; earlier += earlier < 100 ? 1 : std::max<int64_t>(1, at / 20)) {
        Case c = best_;
        c.faults[i].at = earlier;
        if (Take(std::move(c))) return true;
        if (tries_ > kMostTries) return false;
      }
    }
    return false;
  }

  Case best_;
  std::string rule_;
  int tries_ = 0;
};

}  // namespace

std::string RuleOf(const std::string& broken) {
  const size_t colon = broken.find(':');
  return colon == std::string::npos ? broken.substr(0, 20) : broken.substr(0, colon);
}

std::vector<std::string> RunCase(const Case& c, std::vector<std::string>* story) {
  World world(c.scenario, c.options);
  world.TellTo(story);
  if (c.open_disk != nullptr) {
    auto disk = c.open_disk();
    if (!disk) return {"I5: no journal: " + disk.error().message};
    world.UseDisk(std::move(*disk));
  }
  std::vector<Fault> messages;
  std::vector<Fault> faults;
  for (const Fault& fault : c.faults) (IsMessageFault(fault.kind) ? messages : faults).push_back(fault);
  world.Plan(messages);
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) { return a.at < b.at; });
  auto next = faults.begin();
  bool healed = false;
  int64_t calm_since = 0;
  bool restarted = false;
  bool reconnected = false;
  while (world.broken().empty()) {
    while (next != faults.end() && next->at <= world.operations()) {
      world.Apply(*next++);
      calm_since = world.operations();
    }
    // A fault that lasts may keep the agent trying: it ends some time after the last one began.
    if (!healed && next == faults.end() && world.operations() - calm_since > kPatience) {
      healed = true;
      world.Heal();
    }
    if (world.Step()) continue;
    if (next != faults.end()) {
      world.Apply(*next++);  // at rest before its time came
    } else if (!healed) {
      healed = true;
      world.Heal();
    } else if (world.NoticesLost() && !reconnected) {
      reconnected = true;  // nothing to be done for a device that has cut itself off
      world.Apply({FaultKind::kLinkDown, world.operations(), 1});
    } else if (world.JournalLags() && !restarted) {
      restarted = true;
      world.Apply({FaultKind::kKillNone, world.operations(), 0});
    } else {
      break;
    }
  }
  if (world.broken().empty()) world.CheckAtRest();
  if (world.broken().empty() && c.faults.empty()) world.CheckCalmEnd();
  return world.broken();
}

Case Shrink(Case c) { return Shrinker(std::move(c)).Run(); }

}  // namespace kedge::sim
