#include "judge.h"

#include <algorithm>
#include <map>

#include "chronicle.h"

namespace kedge::weather {
namespace {

using nlohmann::json;

struct Execution {
  std::string status;
  int64_t version = 0;
};
using Executions = std::map<std::string, Execution>;

// drydock keeps first and sends then; what the weather does to a message it does when that is sent.
bool IsSending(const json& entry) {
  const std::string kind = entry.value("kind", "");
  const std::string did = entry.value("did", "");
  return kind == "mqtt-out" || (kind == "fault" && (entry.contains("payload") || did == "delay" ||
                                                    did == "duplicate" || did == "reorder"));
}

class HistoryJudge {
 public:
  void Take(const json& entry) {
    const std::string kind = entry.value("kind", "");
    if (kind == "start") before_the_kill_ = kept_;
    if (IsSending(entry)) kept_ = executions_;
    if (kind == "mqtt-in" && entry.value("operation", "") == "update") TakeUpdate(entry);
    if (kind == "execution" || kind == "timer") TakeChange(entry);
  }
  Violations violations() const { return violations_; }

 private:
  void TakeUpdate(const json& entry) {
    const std::string job = entry.value("job", "");
    TakeClaim(job, ClaimIn(entry));
    if (entry.value("decided", "") != "accepted") return;
    const int64_t version = entry.value("version", int64_t{0});
    Settle(job, [version](const Execution& e) { return e.version + 1 == version; });
    Execution& execution = executions_[job];
    if (IsFinal(execution.status)) Say("I5", job, "an update is accepted after " + execution.status);
    if (version != execution.version + 1) Jumps(job, execution.version, version);
    execution.version = version;
  }

  void TakeClaim(const std::string& job, const std::string& status) {
    if (!IsFinal(status)) return;
    const std::string& claimed = claims_[job];
    if (status == "SUCCEEDED" && !claimed.empty() && claimed != status) {
      Say("I5", job, "the device claims SUCCEEDED after " + claimed);
    }
    claims_[job] = status;
  }

  void TakeChange(const json& entry) {
    const std::string job = entry.value("job", "");
    const std::string from = entry.value("from", "");
    const std::string to = entry.value("to", "");
    Settle(job, [&from](const Execution& e) { return e.status == from; });
    Execution& execution = executions_[job];
    if (from != execution.status) Say("I5", job, "from " + from + " though it was " + execution.status);
    if (IsFinal(execution.status) && !to.empty()) {
      Say("I5", job, "ends twice: " + execution.status + ", then " + to);
    }
    if (!to.empty()) TakeVersion(job, entry);
    if (to == "IN_PROGRESS") IsAlone(job);
    execution.status = to;
  }

  // That of an update is in the entry before.
  void TakeVersion(const std::string& job, const json& entry) {
    Execution& execution = executions_[job];
    const int64_t version = entry.value("version", int64_t{0});
    const int64_t due = execution.version + (entry.value("by", "") == "mqtt" ? 0 : 1);
    if (version != due) Jumps(job, execution.version, version);
    execution.version = version;
  }

  void IsAlone(const std::string& job) {
    for (const auto& [other, execution] : executions_) {
      if (other != job && execution.status == "IN_PROGRESS") {
        Say("I3", job, "is accepted while job " + other + " is in progress");
      }
    }
  }

  // drydock writes its history a moment before its store: what it decided last before a kill may not have
  // been kept, and then nobody was told. The execution is as it was before that.
  template <typename Fits>
  void Settle(const std::string& job, Fits fits) {
    const auto older = before_the_kill_.find(job);
    if (older == before_the_kill_.end()) return;
    if (!fits(executions_[job]) && fits(older->second)) executions_[job] = older->second;
    before_the_kill_.erase(older);
  }

  void Jumps(const std::string& job, int64_t from, int64_t to) {
    Say("I5", job, "the version goes from " + std::to_string(from) + " to " + std::to_string(to));
  }
  void Say(const std::string& invariant, const std::string& job, const std::string& what) {
    violations_.push_back(invariant + " job " + job + ": " + what);
  }

  Executions executions_;
  Executions kept_;  // surely in drydock's store
  Executions before_the_kill_;
  std::map<std::string, std::string> claims_;  // the final status that the device sent last
  Violations violations_;
};

// Where in the history the job came to this status; the end when it never did.
std::size_t When(const std::vector<json>& history, const std::string& job, const std::string& status) {
  const auto found = std::find_if(history.begin(), history.end(), [&](const json& entry) {
    return entry.contains("to") && entry["to"] == status && entry.value("job", "") == job &&
           entry.value("kind", "") != "fault";
  });
  return static_cast<std::size_t>(found - history.begin());
}

class DeviceJudge {
 public:
  DeviceJudge(const std::vector<JobFacts>& jobs, const std::vector<json>& history)
      : jobs_(jobs), history_(history) {}

  Violations Judge() {
    for (const JobFacts& job : jobs_) {
      Agrees(job);
      RanOnce(job);
      for (const Sighting& sighting : job.sightings) Saw(job, sighting);
    }
    return violations_;
  }

 private:
  void Agrees(const JobFacts& job) {
    const std::string status = job.status.empty() ? "deleted" : job.status;
    const bool done = job.status == "SUCCEEDED";
    const std::string& wrong = done ? job.missing : job.difference;
    if (!wrong.empty()) Say("I1", job, status + ", but on the device " + wrong);
    if (std::find(job.ends.begin(), job.ends.end(), job.status) == job.ends.end()) {
      Say("I1", job, "ends " + status + ", for which there was no reason");
    }
  }

  void RanOnce(const JobFacts& job) {
    const std::size_t least = job.status == "SUCCEEDED" ? 1 : 0;
    const auto ran = [&](int step, std::size_t runs) {
      if (runs >= least && runs <= 1) return;
      Say("I4", job,
          job.status + ", and step " + std::to_string(step) + " ran " + std::to_string(runs) + " times");
    };
    ran(1, job.runs1);
    ran(2, job.runs2);
  }

  // Of the others only those that had succeeded before may have left anything.
  void Saw(const JobFacts& job, const Sighting& sighting) {
    const bool done = When(history_, sighting.job, "SUCCEEDED") < When(history_, job.id, "IN_PROGRESS");
    if (sighting.alive) Say("I2", job, "starts while the daemon of job " + sighting.job + " is alive");
    if (sighting.changed == done) return;
    Say("I3", job,
        "starts while the files of job " + sighting.job + " are " + (done ? "as before it" : "changed"));
  }

  void Say(const std::string& invariant, const JobFacts& job, const std::string& what) {
    violations_.push_back(invariant + " job " + job.id + ": " + what);
  }

  const std::vector<JobFacts>& jobs_;
  const std::vector<json>& history_;
  Violations violations_;
};

}  // namespace

Violations JudgeHistory(const std::vector<json>& history) {
  HistoryJudge judge;
  for (const json& entry : history) judge.Take(entry);
  return judge.violations();
}

Violations JudgeDevice(const std::vector<JobFacts>& jobs, const std::vector<json>& history) {
  return DeviceJudge(jobs, history).Judge();
}

}  // namespace kedge::weather
