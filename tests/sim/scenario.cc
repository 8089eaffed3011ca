#include "sim/scenario.h"

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

namespace kedge::sim {
namespace {

using nlohmann::json;

json ActionOf(const SimStep& step, size_t index) {
  json action = {
      {"name", "s" + std::to_string(index + 1)}, {"type", "runHandler"}, {"input", {{"handler", "sim"}}}};
  if (step.guards > 0) action["protect"]["files"] = {"/a"};
  if (step.guards > 1) action["protect"]["services"] = {"b"};
  if (step.rollback) action["rollback"] = {{"handler", "undo"}};
  if (step.verify) action["verify"] = {{"handler", "look"}};
  if (step.on_interrupt == OnInterrupt::kRetry) action["onInterrupt"] = "retry";
  if (step.on_interrupt == OnInterrupt::kDone) action["onInterrupt"] = "done";
  if (!step.interruptible) action["interruptible"] = false;
  if (!step.interruptible) action["maxUninterruptibleSeconds"] = 20;
  if (step.ignore_failure) action["ignoreStepFailure"] = true;
  if (step.keeps) action["leftovers"] = "keep";
  action["timeoutSeconds"] = kStepLimit;
  return {{"action", action}};
}

std::string DocumentOf(const SimJob& job) {
  if (job.refused) return R"({"version":"1.0","steps":[]})";
  json document = {{"version", "1.0"}, {"steps", json::array()}};
  if (job.repair) document["repair"] = true;
  if (job.limit_seconds > 0) document["timeoutSeconds"] = job.limit_seconds;
  for (size_t i = 0; i < job.steps.size(); ++i) {
    if (job.steps[i].is_final) {
      document["finalStep"] = ActionOf(job.steps[i], i);
    } else {
      document["steps"].push_back(ActionOf(job.steps[i], i));
    }
  }
  return document.dump();
}

Admission AdmissionOf(const SimJob& job) {
  auto parsed = ParseJobDocument(job.document);
  if (!parsed) return Refusal{parsed.error().message};
  Plan plan;
  plan.document = std::move(*parsed);
  for (const SimStep& step : job.steps) plan.verbs.push_back({step.check, false, false});
  return plan;
}

SimStep Plain() { return {}; }
SimStep Does(Run run) { return {.run = run}; }
SimStep Own() { return {.guards = 0, .rollback = true, .verify = true}; }

std::vector<Scenario> Jobs() {
  using enum Run;
  const SimStep p = Plain();
  const SimStep slow = Does(kSlow);
  const SimStep fails = Does(kFails);
  const SimStep hangs = Does(kHangs);
  const SimStep retried{.on_interrupt = OnInterrupt::kRetry};
  const SimStep done{.on_interrupt = OnInterrupt::kDone};
  std::vector<Scenario> list = {
      {"two steps", {{"a", {p, p}}}},
      {"second step fails", {{"a", {p, fails}}}},
      {"own rollback and a guard", {{"a", {Own(), p}}}},
      {"undo fails once", {{"a", {p, {.run = kFails, .undo_fails = 1}}}}},
      {"a step that reboots", {{"a", {p, Does(kRebootsOnce)}}}},
      {"two jobs", {{"a", {p}}, {"b", {p}}}},
      {"a step that may be repeated", {{"a", {retried, p}}}},
      {"quarantine, then another job", {{"a", {{.run = kFails, .undo_fails = kForEver}}}, {"b", {p}}}},
      {"checks first", {{"a", {{.check = true}, {.check = true}}}}},
      {"a check that refuses", {{"a", {p, {.check = true, .check_refuses = true}}}}},
      {"one step", {{"a", {p}}}},
      {"three steps", {{"a", {p, p, p}}}},
      {"two guards", {{"a", {{.guards = 2}, {.guards = 2}}}}},
      {"two guards and own rollback",
       {{"a", {{.guards = 2, .rollback = true, .verify = true}, {.run = kFails, .guards = 2}}}}},
      {"first step fails", {{"a", {fails, p}}}},
      {"a step dies of a signal", {{"a", {p, Does(kCrashes)}}}},
      {"a slow step", {{"a", {p, slow}}}},
      {"hangs until its limit", {{"a", {p, hangs}}}},
      {"ignores TERM", {{"a", {p, Does(kDeaf)}}}},
      {"cannot be killed for a while", {{"a", {p, Does(kStuck)}}}},
      {"leaves a child behind", {{"a", {Does(kLeavesChild), p}}}},
      {"uninterruptible and slow", {{"a", {p, {.run = kSlow, .interruptible = false}}}}},
      {"uninterruptible and hanging", {{"a", {p, {.run = kHangs, .interruptible = false}}}}},
      {"a failure that is ignored", {{"a", {{.run = kFails, .ignore_failure = true}, p}}}},
      {"counts as done when interrupted", {{"a", {done, p}}}},
      {"retried, with a verify", {{"a", {{.verify = true, .on_interrupt = OnInterrupt::kRetry}, p}}}},
      {"verified steps", {{"a", {{.verify = true}, {.verify = true}}}}},
      {"half done, as its verify tells", {{"a", {p, {.run = kHalf, .verify = true}}}}},
      {"a step that brings the device down",
       {{"a", {p, {.brings_down = TaskKind::kRun, .on_interrupt = OnInterrupt::kRetry}}}}},
      {"a check that brings the device down", {{"a", {{.brings_down = TaskKind::kCheck, .check = true}}}}},
      {"a snapshot that brings the device down",
       {{"a", {p, {.brings_down = TaskKind::kSnapshot, .on_interrupt = OnInterrupt::kRetry}}}}},
      {"an undo that brings the device down",
       {{"a", {p, {.run = kFails, .brings_down = TaskKind::kRestore}}}}},
      {"no way back", {{"a", {{.guards = 0}, p}}}},
      {"no way to verify", {{"a", {{.guards = 0, .rollback = true}, p}}}},
      {"a snapshot that fails", {{"a", {p, {.snapshot_fails = true}}}}},
      {"undo fails twice", {{"a", {p, {.run = kFails, .undo_fails = 2}}}}},
      {"undo of the first step fails for ever", {{"a", {{.undo_fails = kForEver}, fails}}}},
      {"undo hangs once", {{"a", {p, {.run = kFails, .undo_fails = 1, .undo_hangs = true}}}}},
      {"undo leaves a difference", {{"a", {p, {.run = kFails, .differs = true}}}}},
      {"own rollback fails once",
       {{"a", {{.guards = 0, .rollback = true, .verify = true, .undo_fails = 1}, fails}}}},
      {"a final step", {{"a", {p, {.is_final = true}}}}},
      {"a final step that fails", {{"a", {p, {.run = kFails, .is_final = true}}}}},
      {"a document that is refused", {{"a", {}, 0, true}, {"b", {p}}}},
      {"fails, then another job", {{"a", {p, fails}}, {"b", {p}}}},
      {"three jobs", {{"a", {p}}, {"b", {fails}}, {"c", {p}}}},
      {"reboots for ever", {{"a", {{.run = kRebootsForEver}}}}},
      {"a timer at the service", {{"a", {p, hangs}, 1}}},
      {"keeps something",
       {{"a", {{.tells = Tells::kSome, .keeps = true}, {.tells = Tells::kSome, .keeps = true}}}}},
      {"keeps something, and the next step fails",
       {{"a",
         {{.keeps = true, .kept_ends = 5000, .kept_deaf = true}, {.run = kFails, .tells = Tells::kSome}}}}},
      {"keeps something, then another job",
       {{"a", {{.keeps = true}}}, {"b", {{.run = kFails, .keeps = true}}}}},
      {"tells what may not be told",
       {{"a", {{.run = kSlow, .on_interrupt = OnInterrupt::kRetry, .tells = Tells::kRefused}, p}}}},
      {"tells much, and fails", {{"a", {{.tells = Tells::kMany}, {.run = kFails, .tells = Tells::kMany}}}}},
      {"tells, and is slow to stop",
       {{"a", {{.run = kSlow, .interruptible = false, .tells = Tells::kSome}}}}},
      {"the job's time is used up", {{"a", {slow, slow, p}, 0, false, false, 20}}},
      {"the job's time is used up before a step",
       {{"a", {{.run = kHangs, .ignore_failure = true}, p}, 0, false, false, 5}}},
      {"reboots on the job's time",
       {{"a", {{.run = kRebootsOnce, .tells = Tells::kSome}, p}, 0, false, false, 100}}},
      {"reboots beyond the job's time",
       {{"a", {{.run = kRebootsOnce, .lingers = 1500}}, 0, false, false, 1}}},
      {"quarantine, then a repair",
       {{"a", {{.run = kFails, .undo_fails = kForEver}}}, {"b", {p}, 0, false, true}}},
  };
  Scenario stays{"asked to reboot, stays up", {{"a", {p, Does(kRebootsOnce)}}}};
  stays.device_reboots = false;
  list.push_back(stays);
  Scenario refused{"cannot reboot", {{"a", {p, Does(kRebootsOnce)}}}};
  refused.reboot_refused = true;
  list.push_back(refused);
  Scenario lease{"a lease that runs out", {{"a", {p, slow}}}};
  lease.lease = true;
  list.push_back(lease);
  return list;
}

}  // namespace

void Prepare(Scenario& scenario) {
  scenario.policy.lease = scenario.lease;
  scenario.policy.idle_poll = std::chrono::milliseconds(0);  // so that there is a rest
  for (SimJob& job : scenario.jobs) {
    job.document = DocumentOf(job);
    job.admission = AdmissionOf(job);
    if (job.refused == std::holds_alternative<Refusal>(job.admission)) continue;
    std::cerr << "scenario '" << scenario.name << "': the document of " << job.name << " is not as meant\n";
    std::abort();
  }
}

const std::vector<Scenario>& Scenarios() {
  static const std::vector<Scenario> kAll = [] {
    std::vector<Scenario> list = Jobs();
    for (Scenario& scenario : list) Prepare(scenario);
    return list;
  }();
  return kAll;
}

const Scenario* FindScenario(const std::string& name) {
  for (const Scenario& scenario : Scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

}  // namespace kedge::sim
