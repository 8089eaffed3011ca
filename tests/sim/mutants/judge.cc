// sim_mutant_judge: one set of the agent's sources against the simulator's oracle, until the first breach.
// The phases are those of sim_exhaust and sim_random, the quickest first; a mutant that is caught is caught
// early, and the sources as they are pass all of them. Exit 0: everything holds; 1: a rule broke, and stdout
// says in one line which phase found it, after how many cases, and the rule.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/explore.h"

namespace kedge::sim {
namespace {

constexpr uint64_t kSeeds = 2000;
constexpr uint64_t kFewSeeds = 200;
constexpr size_t kMostSensitive = 10;  // scenarios; Scenarios() has them in this order

class Judge {
 public:
  // Without a fault; then every cancel, every crash or an outage, alone, before so many-th operation.
  bool Alone(const char* phase, int64_t every) {
    for (const Scenario& scenario : Scenarios()) {
      if (!Explore(phase, scenario, {{Cancels(), false, every}})) return false;
      if (!Explore(phase, scenario, {{Crashes(), true, every}})) return false;
      if (!Explore(phase, scenario, {{{FaultKind::kLinkDown}, false, every, 30000}})) return false;
    }
    return true;
  }

  // A cancel, then a crash; and a crash, then a cancel.
  bool Pairs(const char* phase, int64_t every) {
    const Level cancel{Cancels(), false, every};
    const Level crash{Crashes(), true, every};
    for (size_t i = 0; i < kMostSensitive && i < Scenarios().size(); ++i) {
      if (!Explore(phase, Scenarios()[i], {cancel, crash})) return false;
      if (!Explore(phase, Scenarios()[i], {crash, cancel})) return false;
    }
    return true;
  }

  bool Chance(const char* phase, uint64_t from, uint64_t to) {
    for (uint64_t seed = from; seed <= to; ++seed) {
      const RandomCase random = CaseOf(seed);
      ++cases_;
      const std::vector<std::string> broken = RunCase(random.c);
      if (!broken.empty()) return Caught(phase, "seed " + std::to_string(seed), broken[0]);
    }
    return true;
  }

  int64_t cases() const { return cases_; }

 private:
  bool Explore(const char* phase, const Scenario& scenario, const std::vector<Level>& levels) {
    Explorer explorer(&scenario, {}, levels, {});
    explorer.Run([] { return false; });
    cases_ += explorer.cases();
    if (explorer.broken().empty()) return true;
    return Caught(phase, "'" + scenario.name + "' " + ToString(explorer.failing().faults),
                  explorer.broken()[0]);
  }

  bool Caught(const char* phase, const std::string& where, const std::string& rule) {
    std::printf("%s, after %lld cases: %s [%s]\n", phase, static_cast<long long>(cases_), rule.c_str(),
                where.c_str());
    return false;
  }

  int64_t cases_ = 0;
};

int Main() {
  Judge judge;
  const bool holds = judge.Alone("smoke", 7) && judge.Chance("random", 1, kFewSeeds) &&
                     judge.Alone("single", 1) && judge.Pairs("pairs", 5) &&
                     judge.Chance("random", kFewSeeds + 1, kSeeds);
  if (!holds) return 1;
  std::printf("holds: %lld cases\n", static_cast<long long>(judge.cases()));
  return 0;
}

}  // namespace
}  // namespace kedge::sim

int main() { return kedge::sim::Main(); }
