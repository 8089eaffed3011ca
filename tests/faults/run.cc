#include "faults/run.h"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>
#include <functional>

#include "faults/cloud.h"
#include "faults/link_end.h"
#include "faults/trace.h"
#include "rig/files.h"
#include "rig/wait.h"
#include "sys/files.h"

namespace kedge::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{3};
// How long a life may last, and how long it may say nothing.
struct Limits {
  milliseconds silence;
  milliseconds whole;
};
// A first life that says nothing, or goes on for so long, waits for something that only its next start can
// bring.
constexpr Limits kFirst{milliseconds(600), milliseconds(2500)};
// Nothing in the second life takes longer than a second by itself.
constexpr Limits kSecond{milliseconds(20000), milliseconds(40000)};

// The execution is over, nothing of it runs, and the agent says no more: it is at rest, or as good as.
constexpr milliseconds kQuiet{60};

enum class Stop { kAtRest, kDead, kSilent };
enum class Rest {
  kLikely,  // enough to end a life by
  kCertain  // the agent says so: to end the run by
};

class Scene {
 public:
  Scene(Bench& bench, const Story& story)
      : bench_(bench),
        story_(story),
        cloud_(Document(story, bench.workshop().programs(), bench.device(), bench.notes())),
        link_(bench.link_socket(), {[this] { cloud_.DeviceCameUp(); },
                                    [this](const std::string& topic, const std::string& payload) {
                                      heard_ = steady_clock::now();
                                      Deliver(cloud_.Receive(topic, payload));
                                    }}) {}

  Cloud& cloud() { return cloud_; }

  Stop Live(const Bench::Life& life, Rest rest, const Limits& limits) {
    cloud_.DeviceCameUp();  // what it said in another life does not count
    bench_.Start(life);
    const auto born = steady_clock::now();
    heard_ = born;
    std::size_t said = 0;
    for (;;) {
      link_.Wait(kLook);
      if (story_.cancels && rig::Exists(bench_.notes() + "/" + kHalfDone)) Deliver(cloud_.Cancel());
      if (!bench_.kedged().Runs()) return Leave(Stop::kDead);
      const std::size_t says = bench_.kedged().Log().size();
      if (says != said) heard_ = steady_clock::now();
      said = says;
      if (AtRest(rest)) return Stop::kAtRest;
      const auto now = steady_clock::now();
      if (now - heard_ > limits.silence || now - born > limits.whole) return Leave(Stop::kSilent);
    }
  }

  // Asked to end, it must. How it did.
  int End() {
    const int status = bench_.kedged().Stop();
    link_.Close();
    return status;
  }

 private:
  void Deliver(const std::vector<Mail>& mail) {
    for (const Mail& message : mail) link_.Deliver(message.topic, message.payload);
  }

  // Only an agent that has nothing to do asks for the next job; after a job it need not ask, for it is told.
  bool AtRest(Rest rest) {
    if (!cloud_.IsOver()) {
      // A device in quarantine takes no job, and says so: it may stay QUEUED.
      return cloud_.Status() == "QUEUED" && cloud_.says_quarantined() && bench_.Tasks().empty() &&
             steady_clock::now() - heard_ > kQuiet;
    }
    if (cloud_.told_of_none()) return true;
    if (rest == Rest::kCertain) return cloud_.says_at_rest();
    return steady_clock::now() - heard_ > kQuiet && bench_.Tasks().empty();
  }

  Stop Leave(Stop stop) {
    if (stop == Stop::kSilent) bench_.kedged().Kill();
    link_.Close();
    return stop;
  }

  Bench& bench_;
  const Story& story_;
  Cloud cloud_;
  LinkEnd link_;
  steady_clock::time_point heard_;
};

bool WasReached(const Bench& bench, const Plan& plan, const Death& death) {
  const std::string trace = rig::ReadIfThere(bench.trace());
  if (!plan.kills()) return trace.find("(INJECTED)") != std::string::npos;
  if (death.status == 128 + 9) return true;
  const Calls most = Most(ReadTrace(trace));
  const auto found = most.find(plan.syscall);
  return found != most.end() && found->second >= plan.k;
}

// A child that strace holds back between clone and exec has all that the killed kedged had, its lock on the
// journal too. systemd waits for every process of a service before it starts it again; so does this.
void WaitForLock(const Bench& bench) {
  const std::string lock = bench.Folder("state/journal.db.lock");
  rig::WaitUntil("an end of the first life's lock on the journal", [&lock] {
    const sys::Fd file(open(lock.c_str(), O_RDONLY | O_CLOEXEC));
    return !file || flock(file.get(), LOCK_EX | LOCK_NB) == 0;
  });
}

// As if nothing had happened, or rolled back; or, said aloud, not begun at all.
bool MayEnd(const Story& story, const std::optional<Plan>& plan, const Findings& findings) {
  const bool refused =
      plan && !plan->kills() && findings.end == "QUEUED" && findings.loud && findings.untouched;
  return findings.end == story.end || (plan && findings.end == "FAILED") || refused;
}

}  // namespace

Report Perform(Bench& bench, const Story& story, const Circumstances& circumstances) {
  bench.Clear();
  Scene scene(bench, story);
  Report report;
  const Plan* plan = circumstances.plan ? &*circumstances.plan : nullptr;
  int asked = 0;
  const Stop first = scene.Live(
      {.plan = plan, .counted = circumstances.counted, .counted_guards = circumstances.counted_guards},
      Rest::kLikely, kFirst);
  if (first == Stop::kAtRest) asked = scene.End();
  Death death{{}, bench.kedged().Log()};
  if (first == Stop::kDead) death.status = bench.kedged().Wait();
  if (circumstances.power_cut) bench.KillTasks();
  report.hushed = first == Stop::kSilent;
  report.died = first == Stop::kDead;
  report.first_log = death.log;
  if (plan != nullptr) report.reached = WasReached(bench, *plan, death);

  std::vector<std::string> wrong;
  if (asked > 128 && (plan == nullptr || !plan->kills())) {
    wrong.push_back("I6 nobody stuck: asked to end, kedged is ended by signal " +
                    std::to_string(asked - 128));
  }
  if (const std::string bad = JudgeDeath(death, plan); !bad.empty()) wrong.push_back(bad);
  WaitForLock(bench);
  const Stop second = scene.Live({.rebooted = circumstances.power_cut}, Rest::kCertain, kSecond);
  const std::string second_log = bench.kedged().Log();
  if (second == Stop::kDead) wrong.push_back(JudgeDeath({bench.kedged().Wait(), second_log}, nullptr));
  if (second == Stop::kSilent) wrong.push_back("I6 nobody stuck: the second life does not come to rest");
  report.findings = JudgeRest(bench, scene.cloud());
  if (!MayEnd(story, circumstances.plan, report.findings)) {
    wrong.push_back("the story " + story.name + " ends as " + report.findings.end);
  }
  if (second == Stop::kAtRest && scene.End() != 0)
    wrong.push_back("I6 nobody stuck: asked to end, kedged fails");
  report.findings.violations.insert(report.findings.violations.begin(), wrong.begin(), wrong.end());
  if (!report.findings.good()) {
    report.logs = "--- first life\n" + death.log + "--- second life\n" + second_log + "--- state topic\n" +
                  scene.cloud().state().dump() + "\n";
  }
  return report;
}

}  // namespace kedge::faults
