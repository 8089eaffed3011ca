#include "plan.h"

#include <algorithm>

#include "dice.h"
#include "rules.h"

namespace kedge::weather {
namespace {

using Kind = Act::Kind;

constexpr int kPastEveryLimit = 60;  // minutes

std::string ToString(Work work) {
  switch (work) {
    case Work::kSucceeds:
      return "succeeds";
    case Work::kFails:
      return "fails in step 2";
    case Work::kStubborn:
      return "never ends and ignores SIGTERM";
    case Work::kIsRefused:
      break;
  }
  return "has no valid document";
}

// A kill and the start after it, with something in between or not.
void AddRestart(Dice& dice, std::vector<Act>& acts, Kind killed, Kind started) {
  const auto at = acts.begin() + dice.Number(0, static_cast<int>(acts.size()));
  const auto kill = acts.insert(at, {killed});
  const auto behind = static_cast<int>(acts.end() - kill) - 1;
  acts.insert(kill + 1 + dice.Number(0, behind), {started});
}

void AddTrouble(Dice& dice, JobPlan& job, std::vector<Act>& acts) {
  const auto add = [&](Act act) {
    acts.insert(acts.begin() + dice.Number(0, static_cast<int>(acts.size())), act);
  };
  switch (dice.Number(1, 10)) {
    case 1:
    case 2:
    case 3:
      return add({Kind::kCancel});
    case 4:
    case 5:
      return AddRestart(dice, acts, Kind::kKillAgent, Kind::kStartAgent);
    case 6:
      return AddRestart(dice, acts, Kind::kKillLink, Kind::kStartLink);
    case 7:
      AddRestart(dice, acts, Kind::kKillLink, Kind::kStartLink);
      return AddRestart(dice, acts, Kind::kKillAgent, Kind::kStartAgent);
    case 8:
      return add({Kind::kRestartService});
    case 9:
      job.has_limit = dice.Happens(70);
      return add({Kind::kJumpClock, dice.OneOf<int>({kPastEveryLimit, -kPastEveryLimit})});
    default:
      return;
  }
}

bool Has(const std::vector<Act>& acts, Kind kind) {
  return std::any_of(acts.begin(), acts.end(), [kind](const Act& act) { return act.kind == kind; });
}

// Something has to end a step that does not end by itself.
void AddAnEnd(Dice& dice, std::vector<Act>& acts) {
  if (Has(acts, Kind::kCancel) || Has(acts, Kind::kKillAgent)) return;
  acts.push_back({dice.Happens(75) ? Kind::kCancel : Kind::kDelete});
}

// The troubles come while the final status is under way.
void MeetTheReport(JobPlan& job, std::vector<Act> troubles) {
  if (job.gate > 0) job.acts = {{Kind::kAwaitStep, job.gate}, {Kind::kOpen}};
  job.acts.push_back({Kind::kAwaitReport});
  job.acts.insert(job.acts.end(), troubles.begin(), troubles.end());
}

// The gate opens before, between or after the troubles: a cancel and the end of the work race, with the
// pause.
void MeetTheWork(Dice& dice, JobPlan& job, std::vector<Act> troubles) {
  if (job.gate > 0) {
    const int at = dice.Number(0, static_cast<int>(troubles.size()));
    troubles.insert(troubles.begin() + at, {Kind::kOpen});
    troubles.insert(troubles.begin() + at + 1, {Kind::kPause, dice.OneOf<int>({0, 500, 5000, 20000, 60000})});
  }
  if (job.work == Work::kStubborn) {
    job.acts.push_back({Kind::kAwaitStep, 2});
  } else if (job.gate > 0 && dice.Happens(75)) {
    job.acts.push_back({Kind::kAwaitStep, job.gate});
  } else if (!troubles.empty()) {
    job.acts.push_back({Kind::kAwaitMessages, dice.Number(1, 6)});
  }
  job.acts.insert(job.acts.end(), troubles.begin(), troubles.end());
}

JobPlan DrawJob(Dice& dice, std::string id) {
  JobPlan job;
  job.id = std::move(id);
  job.work =
      dice.OneOf<Work>({Work::kSucceeds, Work::kSucceeds, Work::kSucceeds, Work::kSucceeds, Work::kSucceeds,
                        Work::kFails, Work::kFails, Work::kStubborn, Work::kStubborn, Work::kIsRefused});
  if (job.work == Work::kSucceeds || job.work == Work::kFails) job.gate = dice.Number(0, 2);
  std::vector<Act> acts;
  const int troubles = job.work == Work::kIsRefused ? 0 : dice.Number(0, 2);
  for (int i = 0; i < troubles; ++i) AddTrouble(dice, job, acts);
  if (job.work == Work::kStubborn) AddAnEnd(dice, acts);
  const bool ends_by_itself = job.work == Work::kSucceeds || job.work == Work::kFails;
  if (ends_by_itself && !acts.empty() && dice.Happens(30)) {
    MeetTheReport(job, std::move(acts));
  } else {
    MeetTheWork(dice, job, std::move(acts));
  }
  return job;
}

}  // namespace

bool Plan::Has(Act::Kind kind) const {
  return std::any_of(jobs.begin(), jobs.end(),
                     [kind](const JobPlan& job) { return weather::Has(job.acts, kind); });
}

std::vector<std::string> Plan::Ends(const JobPlan& job) const {
  const bool weather_cancels = std::any_of(rules.begin(), rules.end(), [](const nlohmann::json& rule) {
    return rule["do"] == "cancel-before" || rule["do"] == "cancel-after";
  });
  std::vector<std::string> ends;
  if (job.work == Work::kSucceeds) ends.emplace_back("SUCCEEDED");
  if (job.work == Work::kFails) ends.emplace_back("FAILED");
  if (job.work == Work::kIsRefused) ends.emplace_back("REJECTED");
  if (Has(Kind::kKillAgent)) ends.emplace_back("FAILED");
  if (weather_cancels || weather::Has(job.acts, Kind::kCancel)) ends.emplace_back("CANCELED");
  if (job.has_limit && Has(Kind::kJumpClock)) ends.emplace_back("TIMED_OUT");
  if (weather::Has(job.acts, Kind::kDelete)) ends.emplace_back("");
  return ends;
}

Plan Draw(uint64_t seed) {
  Dice dice(seed);
  Plan plan;
  plan.seed = seed;
  DrawWeather(dice, plan);
  plan.cgroups = dice.Happens(80);
  plan.early = dice.Happens(30);
  plan.together = dice.Happens(50);
  const int jobs = dice.Number(1, 3);
  for (int i = 0; i < jobs; ++i) {
    plan.jobs.push_back(DrawJob(dice, std::string(1, static_cast<char>('a' + i))));
  }
  return plan;
}

std::string ToString(Act::Kind kind) {
  switch (kind) {
    case Kind::kAwaitStep:
      return "await step";
    case Kind::kAwaitMessages:
      return "await messages";
    case Kind::kAwaitReport:
      return "await its final status";
    case Kind::kPause:
      return "pause us";
    case Kind::kOpen:
      return "let the step go on";
    case Kind::kCancel:
      return "cancel by force";
    case Kind::kDelete:
      return "delete the execution";
    case Kind::kJumpClock:
      return "jump the service's clock by min";
    case Kind::kKillAgent:
      return "kill kedged";
    case Kind::kStartAgent:
      return "start kedged";
    case Kind::kKillLink:
      return "kill kedge-link";
    case Kind::kStartLink:
      return "start kedge-link";
    case Kind::kRestartService:
      break;
  }
  return "kill the service and start it again";
}

std::string ToString(const Plan& plan) {
  std::string text = "seed " + std::to_string(plan.seed) + "\n";
  for (const std::string& kind : plan.weather) text += "  weather: " + kind + "\n";
  if (!plan.cgroups) text += "  without control groups\n";
  if (plan.early) text += "  the first job is there before the device\n";
  if (plan.together) text += "  all jobs wait in the queue from the start\n";
  for (const JobPlan& job : plan.jobs) {
    text += "  job " + job.id + " " + ToString(job.work);
    if (job.gate > 0) text += ", step " + std::to_string(job.gate) + " waits to be let go on";
    if (job.has_limit) text += ", has a time limit";
    for (const Act& act : job.acts) {
      text += "; " + ToString(act.kind) + (act.number != 0 ? " " + std::to_string(act.number) : "");
    }
    text += "\n";
  }
  return text;
}

}  // namespace kedge::weather
