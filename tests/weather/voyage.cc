#include "voyage.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>

#include "cargo.h"
#include "chronicle.h"
#include "judge.h"
#include "rig/files.h"
#include "rig/rig.h"

namespace kedge::weather {
namespace {

using rig::json;
using Clock = std::chrono::steady_clock;

// Short waits, so that a loss costs half a second. Most delays of the weather are within reply_timeout, the
// longest beyond it.
constexpr const char* kImpatient = R"(
broker: {reconnect: {base: 50ms, cap: 200ms, floor: 20ms}}
service: {reply_timeout: 400ms, poll: 600ms, notice_wait: 150ms, progress: 200ms, report_attempts: 100,
          retry: {base: 100ms, cap: 400ms, floor: 50ms}}
process: {grace: 100ms}
)";

constexpr std::chrono::seconds kDeadline{60};    // for anything: past it somebody is stuck
constexpr std::chrono::seconds kDoldrums{1};     // without a word, while a job waits
constexpr timespec kBetweenLooks{0, 2'000'000};  // short enough to kill in the middle of an answer
constexpr const char* kSlept = "slept past a job, woken by a new connection";
constexpr const char* kLast = "last";

struct Stuck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Voyage {
 public:
  explicit Voyage(const Plan& plan)
      : plan_(plan),
        rig_({.config = kImpatient,
              .cgroups = plan.cgroups,
              .store = plan.Has(Act::Kind::kRestartService),
              .start = false}),
        chronicle_(rig_.Folder("history")) {}

  Outcome Go(const Telling& telling) {
    try {
      Load();
      for (std::size_t i = 0; i < plan_.jobs.size(); ++i) Lead(i);
      ComeToRest();
      SendLast();
      Judge();
    } catch (const Stuck& stuck) {
      Violates(std::string("I6 ") + stuck.what());
    } catch (const std::exception& error) {
      Violates(std::string("the rig: ") + error.what());
    }
    Count();
    if (telling.always || !outcome_.violations.empty()) Tell();
    if (!telling.keep.empty() && !outcome_.violations.empty()) Keep(telling.keep);
    return outcome_;
  }

 private:
  void Load() {
    for (const json& rule : plan_.rules) rig_.service().AddFault(rule);
    std::vector<std::string> ids;
    for (const JobPlan& job : plan_.jobs) ids.push_back(job.id);
    for (const JobPlan& job : plan_.jobs) cargos_.push_back(std::make_unique<Cargo>(rig_, job, ids));
    rig_.kedged().Start();
    rig_.link().Start();
    if (!plan_.early) Await("the device's first question", [this] { return chronicle_.messages() > 0; });
    if (!plan_.together) return;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) Create(i);
  }

  void Create(std::size_t index) {
    const JobPlan& job = plan_.jobs[index];
    const json limit = {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 10}}}};
    rig_.service().CreateJob(job.id, cargos_[index]->Document(), job.has_limit ? limit : json::object());
  }

  void Lead(std::size_t index) {
    const JobPlan& job = plan_.jobs[index];
    if (!plan_.together) Create(index);
    for (const Act& act : job.acts) Do(act, job, *cargos_[index]);
    if (!plan_.together) AwaitEnd(job);
  }

  void Do(const Act& act, const JobPlan& job, Cargo& cargo) {
    switch (act.kind) {
      case Act::Kind::kAwaitStep:
        return Await("step " + std::to_string(act.number) + " of job " + job.id,
                     [&] { return cargo.Runs(act.number) > 0 || chronicle_.IsOver(job.id); });
      case Act::Kind::kAwaitMessages: {
        const int due = chronicle_.messages() + act.number;
        return Await("messages while job " + job.id + " is about",
                     [&] { return chronicle_.messages() >= due || chronicle_.IsOver(job.id); });
      }
      case Act::Kind::kAwaitReport:
        return Await("the report of job " + job.id,
                     [&] { return chronicle_.IsReported(job.id) || chronicle_.IsOver(job.id); });
      case Act::Kind::kPause: {
        // Not a wait for anything: so far the next act misses the one before.
        const timespec pause{0, int64_t{act.number} * 1000};
        nanosleep(&pause, nullptr);
        return;
      }
      case Act::Kind::kOpen:
        return cargo.OpenGate();
      case Act::Kind::kCancel:
        rig_.service().CancelExecution(job.id, {.force = true});  // refused when it is over
        return;
      case Act::Kind::kDelete:
        return Delete(job.id);
      case Act::Kind::kJumpClock:
        rig_.service().Must("POST", "/drydock/clock", json{{"jump_ms", int64_t{act.number} * 60'000}}.dump());
        return;
      case Act::Kind::kKillAgent:
        return rig_.kedged().Kill();
      case Act::Kind::kStartAgent:
        return StartUnlessRunning(rig_.kedged());
      case Act::Kind::kKillLink:
        return rig_.link().Kill();
      case Act::Kind::kStartLink:
        return StartUnlessRunning(rig_.link());
      case Act::Kind::kRestartService:
        return RestartService();
    }
  }

  static void StartUnlessRunning(rig::Program& program) {
    if (!program.Runs()) program.Start();
  }

  void Delete(const std::string& job) {
    rig_.service().Must("DELETE", "/things/pi-1/jobs/" + job + "/executionNumber/1?force=true");
  }

  void RestartService() {
    rig_.drydock().Kill();
    rig_.StartDrydock();
    for (const json& rule : plan_.rules) rig_.service().AddFault(rule);
    chronicle_.Read();
    for (const JobPlan& job : plan_.jobs) chronicle_.Correct(job.id, rig_.service().Status(job.id));
  }

  void AwaitEnd(const JobPlan& job) {
    Await("the end of job " + job.id, [&] { return chronicle_.IsOver(job.id); });
  }

  void ComeToRest() {
    for (const JobPlan& job : plan_.jobs) AwaitEnd(job);
    AwaitIdle();
  }

  // Only for when to look: what is found then is judged without a word of the agent. Asking is dear, so it is
  // done at every tenth look.
  void AwaitIdle() {
    int looks = 0;
    Await("rest", [this, &looks] { return looks++ % 10 == 0 && rig_.IsIdle(); });
  }

  // In calm weather a job ends well: the device is neither stuck nor in quarantine. And what the weather had
  // made late has come before everything is judged: its notify is later than all else.
  void SendLast() {
    rig_.service().ClearFaults();
    if (plan_.longest_delay_ms > 0) {
      rig_.service().AddFault(
          {{"on", "notify"}, {"do", "delay"}, {"ms", plan_.longest_delay_ms + 1}, {"count", 1}});
    }
    rig_.service().CreateJob(kLast, rig::Rig::Document({rig::Rig::CommandStep("true")}));
    Await("the end of the last job, in calm weather",
          [this] { return chronicle_.IsOver(kLast) && chronicle_.IsAnnounced(kLast); });
    AwaitIdle();
  }

  void Await(const std::string& what, const std::function<bool()>& is_true) {
    last_news_ = Clock::now();
    const auto look = [&] {
      chronicle_.Read();
      if (is_true()) return true;
      LeaveTheDoldrums();
      return false;
    };
    const auto until = last_news_ + kDeadline;
    while (!look()) {
      for (rig::Program* program : {&rig_.kedged(), &rig_.link()}) {
        if (!program->Runs()) throw Stuck(program->log_path() + ": the program has ended");
      }
      if (Clock::now() >= until) throw Stuck(what + " has not come within 60 s");
      nanosleep(&kBetweenLooks, nullptr);
    }
  }

  // A device that rests hears of a job by two events and by what it asks when it connects. Where the weather
  // has taken all of that, nobody is wrong, and only another connection helps.
  void LeaveTheDoldrums() {
    const auto now = Clock::now();
    if (news_ != chronicle_.entries().size()) last_news_ = now;
    news_ = chronicle_.entries().size();
    if (now - last_news_ < kDoldrums || chronicle_.messages() == 0 || !OnlyWaits()) return;
    last_news_ = now;
    ++outcome_.counts[kSlept];
    rig_.link().Kill();
    rig_.link().Start();
  }

  bool OnlyWaits() const {
    bool waits = false;
    for (const JobPlan& job : plan_.jobs) {
      if (chronicle_.StatusOf(job.id) == "IN_PROGRESS") return false;
      waits |= chronicle_.StatusOf(job.id) == "QUEUED";
    }
    return waits || chronicle_.StatusOf(kLast) == "QUEUED";
  }

  void Judge() {
    std::vector<JobFacts> facts;
    for (std::size_t i = 0; i < plan_.jobs.size(); ++i) facts.push_back(Facts(i));
    chronicle_.Read();
    for (const std::string& violation : JudgeHistory(chronicle_.entries())) Violates(violation);
    for (const std::string& violation : JudgeDevice(facts, chronicle_.entries())) Violates(violation);
    if (chronicle_.StatusOf(kLast) != "SUCCEEDED") {
      Violates("I6 the last job, in calm weather, ends " + chronicle_.StatusOf(kLast));
    }
    for (const pid_t pid : rig_.StepProcesses()) Violates("I2 process " + std::to_string(pid) + " is alive");
    if (!rig_.kedged().Runs()) Violates("I6 kedged has ended");
    if (!rig_.link().Runs()) Violates("I6 kedge-link has ended");
    for (const JobFacts& job : facts) CompareClaim(job);
  }

  JobFacts Facts(std::size_t index) {
    const JobPlan& plan = plan_.jobs[index];
    const Cargo& cargo = *cargos_[index];
    const std::string status = rig_.service().Status(plan.id);
    if (status != chronicle_.StatusOf(plan.id)) {
      Violates("I5 job " + plan.id + ": " + status + " at the service, " + chronicle_.StatusOf(plan.id) +
               " in its history");
    }
    ++outcome_.counts["jobs " + (status.empty() ? "deleted" : status)];
    return {plan.id,         status,           plan_.Ends(plan),
            cargo.Runs(1),   cargo.Runs(2),    cargo.Difference(),
            cargo.Missing(), cargo.Sightings()};
  }

  // The agent's own word, after everything was judged without it.
  void CompareClaim(const JobFacts& job) {
    if (job.status == "SUCCEEDED") return;
    const std::string verdict = rig_.Verdict(job.id);
    ++outcome_.counts["verdict " + (verdict.empty() ? "none" : verdict)];
    const bool right = verdict == "safe" || (verdict.empty() && job.runs1 == 0);
    if (!right) Violates("verdict job " + job.id + ": '" + verdict + "' of files that were protected");
  }

  void Violates(const std::string& what) { outcome_.violations.push_back(what); }

  void Count() {
    for (const json& entry : chronicle_.entries()) {
      if (entry.value("kind", "") == "fault") ++outcome_.counts["fault " + entry.value("did", "")];
    }
    for (const JobPlan& job : plan_.jobs) {
      for (const Act& act : job.acts) ++outcome_.counts["act " + ToString(act.kind)];
    }
  }

  void Tell() {
    outcome_.story = ToString(plan_);
    if (outcome_.counts.contains(kSlept)) {
      outcome_.story += std::string("  ") + kSlept + ": " + std::to_string(outcome_.counts[kSlept]) + "\n";
    }
    outcome_.story += "--- drydock's history\n";
    for (const json& entry : chronicle_.entries()) outcome_.story += entry.dump() + "\n";
    for (rig::Program* program : {&rig_.kedged(), &rig_.link(), &rig_.drydock()}) {
      outcome_.story += "--- " + program->log_path() + "\n" + rig::ReadIfThere(program->log_path());
    }
  }

  void Keep(const std::string& keep) {
    std::error_code error;
    std::filesystem::create_directories(keep, error);
    for (const char* name : {"logs", "device", "state", "history", "kedge.yaml"}) {
      std::filesystem::copy(rig_.Folder(name), keep + "/" + name,
                            std::filesystem::copy_options::recursive |
                                std::filesystem::copy_options::copy_symlinks |
                                std::filesystem::copy_options::overwrite_existing,
                            error);
    }
  }

  const Plan plan_;
  rig::Rig rig_;
  Chronicle chronicle_;
  std::vector<std::unique_ptr<Cargo>> cargos_;
  std::size_t news_ = 0;
  Clock::time_point last_news_;
  Outcome outcome_;
};

}  // namespace

// Another program may have taken the port that was free a moment ago.
Outcome Sail(const Plan& plan, const Telling& telling) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    std::unique_ptr<Voyage> voyage;
    try {
      voyage = std::make_unique<Voyage>(plan);
    } catch (const std::runtime_error&) {
      if (attempt == kAttempts) throw;
      continue;
    }
    return voyage->Go(telling);
  }
}

}  // namespace kedge::weather
