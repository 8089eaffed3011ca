#include "sim/scenario.h"

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

namespace kedge::sim {
namespace {

using nlohmann::json;

// Signed with the number of the delivery in place of the last one.
constexpr const char* kGuards[kMostGuards] = {"files", "services"};
const std::string kUrl = "https://bucket/file?sig=0";

json ActionOf(const SimStep& step, size_t index, bool urls) {
  json action = {
      {"name", "s" + std::to_string(index + 1)}, {"type", "runHandler"}, {"input", {{"handler", "sim"}}}};
  if (urls) action["input"]["args"] = {kUrl};
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
  if (step.net != Net::kStays) action["onNoConnection"] = "rollback";
  if (step.net != Net::kStays) action["connectionTimeoutSeconds"] = kConnectionLimit;
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
      document["finalStep"] = ActionOf(job.steps[i], i, job.renews != Renews::kSame);
    } else {
      document["steps"].push_back(ActionOf(job.steps[i], i, job.renews != Renews::kSame));
    }
  }
  return document.dump();
}

SimStep Plain() { return {}; }
SimStep Does(Run run) { return {.run = run}; }
SimStep Own() { return {.guards = 0, .rollback = true, .verify = true}; }

// How the first job ends when nothing goes wrong.
Scenario Ends(Scenario scenario, JobStatus status, std::optional<Verdict> verdict = {}) {
  scenario.ends = status;
  scenario.verdict = verdict;
  return scenario;
}

// "Try again later": of `run`, of `check`, of a guard's check; once, for ever, with other faults of the step.
void AddLater(std::vector<Scenario>& list) {
  using enum JobStatus;
  using enum Verdict;
  const SimStep p = Plain();
  const SimStep later{.later = 1};
  const SimStep retried{.on_interrupt = OnInterrupt::kRetry, .later = 1};
  SimJob urls{"a", {p, later}};
  SimJob another{"a", {later, {.later = 2}}};
  SimJob none{"a", {later}};
  urls.renews = Renews::kUrls;
  another.renews = Renews::kAnother;
  none.renews = Renews::kNone;
  SimJob timed{"a", {{.lingers = 900, .later = 3}}};
  timed.limit_seconds = 2;
  const SimStep check{.check = true, .check_later = 1};
  list.push_back(Ends({"run later once", {{"a", {p, later}}}}, kSucceeded));
  list.push_back(Ends({"run later, with new URLs", {urls}}, kSucceeded));
  list.push_back(Ends({"run later, with another document", {another}}, kSucceeded));
  list.push_back(Ends({"run later, with no document", {none}}, kSucceeded));
  list.push_back(Ends({"run later as often as may be", {{"a", {{.later = 3}}}, {"b", {p}}}}, kSucceeded));
  list.push_back(Ends({"run later for ever", {{"a", {p, {.later = kForEver}}}}}, kFailed, kSafe));
  list.push_back(Ends({"run later, may be repeated", {{"a", {retried, p}}}}, kSucceeded));
  list.push_back(
      Ends({"run later, then fails", {{"a", {p, {.run = Run::kFails, .later = 1}}}}}, kFailed, kSafe));
  list.push_back(Ends(
      {"run later, then reboots", {{"a", {{.run = Run::kRebootsOnce, .tells = Tells::kSome, .later = 1}}}}},
      kSucceeded));
  list.push_back(Ends({"run later on the job's time", {timed}}, kFailed, kSafe));
  list.push_back(
      Ends({"run later for ever, ignored", {{"a", {{.ignore_failure = true, .later = kForEver}, p}}}},
           kSucceeded));
  // Nothing but the pause itself makes its lease longer than the last pause.
  Scenario lease{"run later under a lease", {{"a", {{.guards = 0, .rollback = true, .later = 3}}}}};
  lease.lease = true;
  lease.policy.lease_margin = lease.policy.check_limit = std::chrono::milliseconds(0);
  list.push_back(Ends(lease, kSucceeded));
  list.push_back(Ends({"check later once", {{"a", {p, check}}, {"b", {p}}}}, kSucceeded));
  list.push_back(
      Ends({"check later for ever", {{"a", {p, {.check = true, .check_later = kForEver}}}}}, kFailed, kSafe));
  list.push_back(Ends(
      {"check and run later as often as may be", {{"a", {{.check = true, .later = 3, .check_later = 3}}}}},
      kSucceeded));
  list.push_back(
      Ends({"a guard's check later once",
            {{"a", {{.guards = 2, .check = true, .way_back = WayBack::kExact, .guard_later = 1}}}}},
           kSucceeded));
}

// Steps that need the connection.
void AddConnecting(std::vector<Scenario>& list) {
  using enum JobStatus;
  using enum Verdict;
  const SimStep p = Plain();
  const auto net = [](Net kind) { return SimStep{.net = kind}; };
  list.push_back(Ends({"connects anew", {{"a", {net(Net::kGood), p}}}}, kSucceeded));
  list.push_back(Ends({"cut off", {{"a", {p, net(Net::kCut)}}, {"b", {p}}}}, kFailed, kSafe));
  list.push_back(Ends({"cut off at once", {{"a", {net(Net::kCutAtOnce), p}}}}, kFailed, kSafe));
  list.push_back(Ends({"connects anew, slowly", {{"a", {p, net(Net::kSlow)}}}}, kSucceeded));
  list.push_back(Ends({"connects too late", {{"a", {net(Net::kLate)}}}}, kFailed, kSafe));
  list.push_back(Ends({"cut off, a failure that is ignored",
                       {{"a", {{.run = Run::kFails, .ignore_failure = true, .net = Net::kCut}, p}}}},
                      kFailed, kSafe));
  list.push_back(
      Ends({"cut off, counts as done when interrupted",
            {{"a", {{.run = Run::kSlow, .on_interrupt = OnInterrupt::kDone, .net = Net::kCutAtOnce}, p}}}},
           kFailed, kSafe));
  list.push_back(
      Ends({"connects anew after a reboot", {{"a", {{.run = Run::kRebootsOnce, .net = Net::kGood}, p}}}},
           kSucceeded));
  list.push_back(
      Ends({"later, then cut off", {{"a", {{.later = 1, .net = Net::kCutAtOnce}}}}}, kFailed, kSafe));
  list.push_back(
      Ends({"keeps something and connects anew",
            {{"a", {{.tells = Tells::kSome, .keeps = true, .net = Net::kGood}, Does(Run::kFails)}}}},
           kFailed, kSafe));
  list.push_back(
      Ends({"cut off, undo fails once", {{"a", {{.undo_fails = 1, .net = Net::kCut}}}}}, kFailed, kSafe));
}

// What guards say before, and what verifications cannot tell after.
void AddWaysBack(std::vector<Scenario>& list) {
  using enum JobStatus;
  using enum Verdict;
  const SimStep p = Plain();
  const SimStep fails = Does(Run::kFails);
  const auto way = [](WayBack way_back) { return SimStep{.guards = 2, .way_back = way_back}; };
  const auto add = [&list](const char* name, std::vector<SimStep> steps, bool runs, JobStatus status,
                           std::optional<Verdict> verdict = {}) {
    Scenario scenario = Ends({name, {{"a", std::move(steps)}}}, status, verdict);
    scenario.no_way_back_runs = runs;
    list.push_back(std::move(scenario));
  };
  add("guards have an exact way back", {p, way(WayBack::kExact)}, false, kSucceeded);
  add("a guard has no exact way back", {p, way(WayBack::kNotExact)}, false, kRejected, kSafe);
  add("no exact way back, run all the same", {p, way(WayBack::kNotExact)}, true, kSucceeded);
  add("no exact way back, and a step fails", {way(WayBack::kNotExact), fails}, true, kFailed, kUnknown);
  add("no exact way back of what does not run", {fails, way(WayBack::kNotExact)}, true, kFailed, kSafe);
  add("no exact way back, and a check that refuses",
      {way(WayBack::kNotExact), {.check = true, .check_refuses = true}}, true, kRejected, kSafe);
  add("a guard that knows no check", {way(WayBack::kUnknownVerb), p}, false, kSucceeded);
  add("a guard's check crashes", {p, way(WayBack::kCrashes)}, true, kFailed, kSafe);
  add("cannot tell once", {p, {.run = Run::kFails, .cannot_tell = 1}}, false, kFailed, kSafe);
  add("cannot tell", {p, {.run = Run::kFails, .cannot_tell = kForEver}}, false, kFailed, kUnknown);
  add("cannot tell, own verify", {{.verify = true, .cannot_tell = kForEver}, fails}, false, kFailed,
      kUnknown);
  add("cannot tell, and a difference",
      {p, {.run = Run::kFails, .verify = true, .differs = true, .cannot_tell = kForEver}}, false, kFailed,
      kUnsafe);
  add("cannot tell of two steps",
      {{.guards = 2, .cannot_tell = kForEver}, {.run = Run::kFails, .cannot_tell = kForEver}}, false, kFailed,
      kUnknown);
}

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
  AddLater(list);
  AddConnecting(list);
  AddWaysBack(list);
  return list;
}

}  // namespace

std::optional<std::string> DocumentAt(const SimJob& job, int64_t delivery, bool described) {
  std::string text = job.document;
  if (job.renews == Renews::kSame) return text;
  if (described && job.renews == Renews::kNone) return std::nullopt;
  std::string url = kUrl.substr(0, kUrl.size() - 1) + std::to_string(delivery);
  if (described && job.renews == Renews::kAnother) url.replace(url.find("file"), 4, "other");
  for (size_t at = text.find(kUrl); at != text.npos; at = text.find(kUrl, at + url.size())) {
    text.replace(at, kUrl.size(), url);
  }
  return text;
}

Admission AdmissionOf(const SimJob& job, const std::string& document) {
  auto parsed = ParseJobDocument(document);
  if (!parsed) return Refusal{parsed.error().message};
  Plan plan;
  plan.document = std::move(*parsed);
  for (const SimStep& step : job.steps) {
    Verbs verbs{step.check, false, false, {}};
    for (const auto& guard : kGuards) {
      if (step.way_back == WayBack::kNotAsked) break;
      if (verbs.guard_checks.size() < static_cast<size_t>(step.guards))
        verbs.guard_checks.emplace_back(guard);
    }
    plan.verbs.push_back(std::move(verbs));
  }
  return plan;
}

void Prepare(Scenario& scenario) {
  scenario.policy.lease = scenario.lease;
  scenario.policy.no_way_back = scenario.no_way_back_runs ? NoWayBack::kRun : NoWayBack::kRefuse;
  scenario.policy.idle_poll = std::chrono::milliseconds(0);  // so that there is a rest
  for (SimJob& job : scenario.jobs) {
    job.document = DocumentOf(job);
    job.admission = AdmissionOf(job, job.document);
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
