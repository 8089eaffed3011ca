#include "field/trial.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "weather/dice.h"

namespace kedge::field {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

const char* ToString(Kind kind) {
  switch (kind) {
    case Kind::kDone:
      return "done";
    case Kind::kCancelled:
      return "cancelled";
    case Kind::kCrashed:
      return "crashed";
    case Kind::kCut:
      return "cut";
  }
  return "?";
}

void Trials::Prepare() {
  if (before_) return;
  field_.device().Shell(scenario_.prepare);
  before_ = surveyor_.Take(scenario_.subject);
}

// Mostly while the step is under way, and up to a little longer than it takes, so that the time around its
// end is met too; now and then before it is accepted.
void Trials::Disturb(Kind kind, uint64_t seed, Outcome& outcome) {
  weather::Dice dice(seed);
  const bool early = dice.Happens(10);
  const int thousandth = dice.Number(0, early ? 1000 : 1030);
  const double moment =
      (early ? 0 : accepted_) + (early ? accepted_ : duration_ - accepted_) * thousandth / 1000;
  const auto begin = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(moment));
  if (kind == Kind::kCancelled) {
    field_.service().CancelExecution(outcome.job, {.force = true});
  } else if (kind == Kind::kCrashed) {
    field_.KillAgent();
  } else {
    field_.device().CutPower();
  }
  outcome.moment = SecondsSince(begin);
}

void Trials::Measure(double seconds, double accepted) {
  duration_ = seconds;
  accepted_ = std::clamp(accepted, 0.0, seconds);
}

Outcome Trials::Run(Kind kind, uint64_t seed) {
  static int number = 0;
  Outcome outcome{.job = scenario_.name + "-" + ToString(kind) + "-" + std::to_string(seed) + "-" +
                         std::to_string(++number)};
  try {
    Prepare();
    const auto begin = Clock::now();
    const auto at = std::chrono::system_clock::now();
    field_.service().CreateJob(outcome.job, scenario_.document);
    if (kind != Kind::kDone) Disturb(kind, seed, outcome);
    outcome.status = field_.WaitForEnd(outcome.job);
    if (kind == Kind::kDone) {
      const auto asked = std::chrono::milliseconds(field_.AcceptanceOf(outcome.job).asked);
      Measure(SecondsSince(begin), std::chrono::duration<double>(asked - at.time_since_epoch()).count());
    }
    field_.WaitForRest(outcome.job);
    outcome.seconds = SecondsSince(begin);
    Look(outcome);
    Judge(kind, outcome);
    if (!outcome.violations.empty()) outcome.story = field_.Story(outcome.job);
  } catch (const std::exception& error) {
    outcome.violations.emplace_back(error.what());
  }
  if (!outcome.violations.empty() || outcome.status == "SUCCEEDED" || kind == Kind::kCut) GetOver(outcome);
  return outcome;
}

void Trials::Look(Outcome& outcome) {
  const json shown = field_.Kedge({"show", outcome.job});
  if (!shown.is_object()) return;
  outcome.verdict = shown.value("verdict", "");
  for (const json& event : shown.value("history", json::array())) {
    if (event.value("event", "") == "step-started") outcome.began = true;
  }
}

void Trials::Judge(Kind kind, Outcome& outcome) {
  auto& violations = outcome.violations;
  const std::string disturbed = kind == Kind::kCancelled ? "CANCELED" : "FAILED";
  // A container's processes are not killed all in one instant, as a cut would do it: a check may still hear
  // that systemd has gone, and refuse. Nothing has begun then, and what follows here holds the device to
  // that.
  const bool refused = kind == Kind::kCut && outcome.status == "REJECTED" && !outcome.began;
  const bool expected =
      outcome.status == scenario_.status || refused || (kind != Kind::kDone && outcome.status == disturbed);
  if (!expected) {
    violations.push_back("ended " + outcome.status + ", expected " + scenario_.status +
                         (kind == Kind::kDone ? "" : " or " + disturbed) + ": " + field_.Reason(outcome.job));
  }
  for (const std::string& process : field_.TaskProcesses())
    violations.push_back("is still alive: " + process);
  if (field_.IsQuarantined()) violations.push_back("the device is in quarantine");
  for (const std::string& step : field_.StartedTwice(outcome.job)) {
    if (scenario_.name != "reboot") violations.push_back("was started more than once: " + step);
  }
  if (outcome.status == "SUCCEEDED") {
    if (kind == Kind::kCut && scenario_.is_gone_after_boot) return;
    if (!field_.device().Holds(scenario_.is_done))
      violations.push_back("SUCCEEDED, but not done: " + scenario_.is_done);
    return;
  }
  JudgeUndone(kind, outcome);
}

void Trials::JudgeUndone(Kind kind, Outcome& outcome) {
  Census after = surveyor_.Take(scenario_.subject);
  // What ran before it and was not to start at boot does not run, whatever the job did, unless a guard has
  // kept it.
  if (kind == Kind::kCut) before_ = AcrossBoots(*before_), after = AcrossBoots(after);
  const std::string differs = Differences(*before_, after);
  if (!differs.empty()) {
    outcome.violations.push_back("ended " + outcome.status + " with verdict '" + outcome.verdict +
                                 "', but the device is not as before:\n" + differs);
  } else if (!outcome.verdict.empty() && outcome.verdict != "safe" && outcome.verdict != scenario_.verdict) {
    outcome.violations.push_back("is as before, but the verdict is '" + outcome.verdict +
                                 "': " + field_.Reason(outcome.job));
  }
}

// The next trial begins with a prepared device.
void Trials::GetOver(Outcome& outcome) {
  before_.reset();
  if (outcome.violations.empty()) return;
  if (field_.IsQuarantined()) field_.device().Run({"kedge", "clear"});
  field_.service().CancelExecution(outcome.job, {.force = true});
}

}  // namespace kedge::field
