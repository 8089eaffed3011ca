#include "faults/sweep.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "faults/harms.h"
#include "rig/files.h"

namespace kedge::faults {
namespace {

// Where a kill falls matters more than where an error does.
constexpr int kKillsForAnError = 4;

// Each with this scope; `calls`: how often there is something to harm.
void AddCases(const Story& story, Plan plan, const Calls& calls, int most, std::vector<Case>* cases) {
  for (const auto& [syscall, count] : calls) {
    plan.syscall = syscall;
    // kedged's own start is strace's doing, before there is anything to test.
    const int first = plan.scope == Scope::kAll && syscall == "execve" ? 2 : 1;
    const int wanted = std::min(count - first + 1, most);
    for (const Harm& harm : HarmsOf(syscall)) {
      plan.harm = harm.name;
      plan.from_then_on = harm.from_then_on;
      for (int i = 0; i < wanted; ++i) {
        plan.k = first + static_cast<int>(int64_t{i} * (count - first + 1) / wanted);
        cases->push_back({&story, {.plan = plan}});
      }
    }
  }
}

pid_t FirstOf(const CallsByProcess& processes) { return processes.empty() ? -1 : processes.front().first; }

Report PerformOrSay(Bench& bench, const Case& which) {
  try {
    return Perform(bench, *which.story, which.circumstances);
  } catch (const std::exception& error) {
    Report report;
    report.findings.end = "?";
    report.findings.violations = {std::string("the run came to no end: ") + error.what()};
    report.logs = bench.kedged().Log();
    return report;
  }
}

}  // namespace

std::string KindOf(const Case& which) {
  const auto& plan = which.circumstances.plan;
  if (!plan) return "undisturbed";
  const std::string scope = plan->scope == Scope::kGuard ? "guard" : ScopeName(*plan);
  return scope + " " + plan->syscall + " " + plan->harm + (plan->from_then_on ? "+" : "") +
         (which.circumstances.power_cut ? " power-cut" : "");
}

std::vector<Case> Sample(std::vector<Case> cases, std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  // Not std::shuffle, whose order is the library's own business.
  for (std::size_t i = 0; i < cases.size(); ++i)
    std::swap(cases[i], cases[i + random() % (cases.size() - i)]);
  std::map<std::string, int> taken;
  std::vector<std::pair<int, Case>> ranked;
  for (const Case& which : cases) {
    const bool kills = which.circumstances.plan && which.circumstances.plan->kills();
    ranked.emplace_back(taken[KindOf(which)]++ / (kills ? kKillsForAnError : 1), which);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  ranked.resize(std::min(size, ranked.size()));
  std::vector<Case> sample;
  for (const auto& [rank, which] : ranked) sample.push_back(which);
  return sample;
}

Count CountCalls(Bench& bench, const Story& story) {
  Count count;
  for (const bool guards : {false, true}) {
    const Report report = Perform(bench, story, {.counted = !guards, .counted_guards = guards});
    if (!report.findings.good() || report.findings.end != story.end || report.died || report.hushed) {
      throw std::runtime_error("the undisturbed story " + story.name + " ends as " + report.findings.end +
                               "\n" + report.first_log + report.logs);
    }
    if (guards) {
      for (auto& [pid, calls] : ReadTrace(rig::ReadIfThere(bench.trace() + "-guard"))) {
        count.guards.push_back(std::move(calls));
      }
    } else {
      const CallsByProcess processes = ReadTrace(rig::ReadIfThere(bench.trace()));
      for (const auto& [pid, calls] : processes) {
        if (pid == FirstOf(processes)) count.agent = calls;
      }
      count.others = Most(processes, FirstOf(processes));
      count.log_lines = static_cast<int>(rig::Lines(report.first_log).size());
    }
  }
  return count;
}

std::vector<Case> SweepCases(const Story& story, const Count& count, int most) {
  std::vector<Case> cases;
  Calls agent = count.agent;
  agent.erase("execve");
  AddCases(story, {.scope = Scope::kAgent}, agent, most, &cases);
  AddCases(story, {.scope = Scope::kAll}, count.others, most, &cases);
  AddCases(story, {.scope = Scope::kPrograms}, {{"execve", 1}, {"execveat", 1}}, most, &cases);
  for (std::size_t i = 0; i < count.guards.size(); ++i) {
    Calls guard = count.guards[i];
    guard.erase("execve");
    AddCases(story, {.scope = Scope::kGuard, .call = static_cast<int>(i) + 1}, guard, most, &cases);
  }
  return cases;
}

std::vector<Case> ActionCases(const Story& story, const Count& count, bool power_cut) {
  std::vector<Case> cases;
  for (int line = 1; line <= count.log_lines; ++line) {
    const Plan plan{.scope = Scope::kLog, .syscall = "write", .harm = "SIGKILL", .k = line};
    cases.push_back({&story, {.plan = plan, .power_cut = power_cut}});
  }
  return cases;
}

void Perform(const Workshop& workshop, const std::vector<Case>& cases, int at_a_time,
             const std::function<void(const Case&, const Report&)>& done) {
  std::atomic<std::size_t> next{0};
  std::mutex telling;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < at_a_time; ++worker) {
    workers.emplace_back([&, worker] {
      Bench bench(workshop, worker);
      for (std::size_t i = next++; i < cases.size(); i = next++) {
        const Report report = PerformOrSay(bench, cases[i]);
        const std::lock_guard<std::mutex> one_at_a_time(telling);
        done(cases[i], report);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

}  // namespace kedge::faults
