// sim_exhaust: every arrival of a cancel, every crash, in every scenario. See README.md.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <mutex>
#include <thread>

#include "sim/explore.h"
#include "sim/report.h"

namespace kedge::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kMostStories = 5;

struct Unit {
  const Scenario* scenario;
  std::vector<Level> levels;
  Slice slice;
};

struct Sum {
  int64_t cases = 0;
  int64_t operations = 0;
};

const Level kCancel{Cancels(), false, 1};
const Level kCrash{Crashes(), true, 1};
const Level kOutage{{FaultKind::kLinkDown}, false, 1, 30000};

void Add(std::vector<Unit>& units, const Scenario& scenario, const std::vector<Level>& levels,
         int64_t parts) {
  for (int64_t part = 0; part < parts; ++part) units.push_back({&scenario, levels, {part, parts}});
}

// A cancel before every operation, then one crash at every commit, send and effect after it; a crash first,
// then the cancel before every operation of the recovery; and the link away for half a minute instead of the
// crash.
std::vector<Unit> OneCrash(bool quick) {
  std::vector<Unit> units;
  size_t number = 0;
  for (const Scenario& scenario : Scenarios()) {
    const bool canonical = number++ < 10;
    Level cancel = kCancel;
    Level late = kCancel;
    if (!canonical || quick) {
      cancel.kinds.resize(4);
      late.kinds.resize(2);
    }
    if (quick) cancel.every = late.every = 3;
    Add(units, scenario, {cancel, kCrash}, 2);
    Add(units, scenario, {kCrash, late}, 2);
    Level outage = kOutage;
    if (quick) outage.every = 3;
    Add(units, scenario, {outage, late}, 1);
  }
  return units;
}

std::vector<Unit> TwoCrashes() {
  using enum FaultKind;
  std::vector<Unit> units;
  Level cancel{{kCanceled, kForced}, false, 1};
  for (const char* name : {"second step fails", "two steps", "own rollback and a guard"}) {
    const Scenario& scenario = *FindScenario(name);
    Add(units, scenario, {kCrash, kCrash}, 8);
    Add(units, scenario, {cancel, kCrash, kCrash}, 12);
  }
  return units;
}

// A few seconds, also under the sanitizers: every scenario, with one fault of each kind here and there.
std::vector<Unit> Smoke() {
  std::vector<Unit> units;
  const Level cancel{Cancels(), false, 7};
  const Level crash{Crashes(), true, 5};
  for (const Scenario& scenario : Scenarios()) {
    Add(units, scenario, {cancel}, 1);
    Add(units, scenario, {crash}, 1);
  }
  Add(units, *FindScenario("second step fails"), {cancel, crash}, 1);
  return units;
}

class Run {
 public:
  Run(std::vector<Unit> units, Options options) : units_(std::move(units)), options_(options) {}

  void Work() {
    for (size_t i = next_++; i < units_.size(); i = next_++) {
      const Unit& unit = units_[i];
      Explorer explorer(unit.scenario, options_, unit.levels, unit.slice);
      explorer.Run([] { return false; });
      const std::lock_guard<std::mutex> lock(mutex_);
      Sum& sum = sums_[static_cast<size_t>(unit.scenario - Scenarios().data())];
      sum.cases += explorer.cases();
      sum.operations += explorer.operations();
      if (!explorer.broken().empty()) failing_.push_back(explorer.failing());
    }
  }

  int Report(int workers) {
    const auto began = Clock::now();
    sums_.resize(Scenarios().size());
    std::vector<std::thread> threads;
    for (int i = 0; i < workers; ++i) threads.emplace_back([this] { Work(); });
    for (std::thread& thread : threads) thread.join();
    Sum all;
    size_t scenarios = 0;
    for (size_t i = 0; i < sums_.size(); ++i) {
      if (sums_[i].cases == 0) continue;
      ++scenarios;
      std::printf("%10lld cases  %s\n", static_cast<long long>(sums_[i].cases), Scenarios()[i].name.c_str());
      all.cases += sums_[i].cases;
      all.operations += sums_[i].operations;
    }
    const double took = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("%10lld cases in %zu scenarios, %lld operations, %.1f s, %.0f cases a second\n",
                static_cast<long long>(all.cases), scenarios, static_cast<long long>(all.operations), took,
                static_cast<double>(all.cases) / took);
    // The first breach of each scenario; a few are enough.
    for (size_t i = 0; i < failing_.size() && i < kMostStories; ++i) PrintFailure("sim_exhaust", failing_[i]);
    for (size_t i = kMostStories; i < failing_.size(); ++i) {
      std::printf("and %s  %s\n", RunCase(failing_[i])[0].c_str(),
                  ReplayCommand("sim_exhaust", failing_[i]).c_str());
    }
    return failing_.empty() ? 0 : 1;
  }

 private:
  std::vector<Unit> units_;
  Options options_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::vector<Sum> sums_;
  std::vector<Case> failing_;
};

constexpr const char* kHelp =
    "usage: sim_exhaust [--quick | --two-crashes | --smoke] [--wire] [-j JOBS]\n"
    "       sim_exhaust --replay SCENARIO [FAULT...]\n"
    "       sim_exhaust --list\n";

int Replay(int argc, char** argv, int at, Options options) {
  if (at >= argc || FindScenario(argv[at]) == nullptr) {
    std::cerr << "no such scenario; --list names them\n";
    return 2;
  }
  Case c{FindScenario(argv[at]), options, {}};
  for (int i = at + 1; i < argc; ++i) {
    auto fault = FaultFrom(argv[i]);
    if (!fault) {
      std::cerr << fault.error().message << "\n";
      return 2;
    }
    c.faults.push_back(*fault);
  }
  return PrintStory(c) ? 0 : 1;
}

int Main(int argc, char** argv) {
  Options options;
  int workers = 2;
  std::string mode;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--help") {
      std::cout << kHelp;
      return 0;
    }
    if (arg == "--list") {
      for (const Scenario& scenario : Scenarios()) std::cout << scenario.name << "\n";
      return 0;
    }
    if (arg == "--replay") return Replay(argc, argv, i + 1, options);
    if (arg == "--wire") {
      options.wire = true;
    } else if (arg == "-j" && i + 1 < argc) {
      workers = std::atoi(argv[++i]);
    } else if (arg == "--quick" || arg == "--two-crashes" || arg == "--smoke") {
      mode = arg;
    } else {
      std::cerr << kHelp;
      return 2;
    }
  }
  if (mode == "--smoke") return Run(Smoke(), options).Report(workers);
  std::vector<Unit> units = mode == "--two-crashes" ? TwoCrashes() : OneCrash(mode == "--quick");
  return Run(std::move(units), options).Report(workers);
}

}  // namespace
}  // namespace kedge::sim

int main(int argc, char** argv) { return kedge::sim::Main(argc, argv); }
