#include <sys/stat.h>

#include "doctor/checks.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

// Undoing one step may take undo.limit (10 min by default), and there may be several; but nobody should find
// out after a day.
constexpr int64_t kLongRecovery = 30LL * 60 * 1000;

class Look {
 public:
  explicit Look(const Case& here) : here_(here) {}

  Seen Take() {
    if (!here_.agent_answers()) {
      Silent();
    } else {
      Agent(*here_.facts.agent);
      Quarantine(here_.facts.agent->quarantine);
    }
    return std::move(seen_);
  }

 private:
  std::string Start() const {
    return here_.is_standard() ? "sudo systemctl start kedged"
                               : "kedged --config " + Quoted(here_.config_file());
  }

  void Silent() {
    if (!here_.facts.has_config && !sys::IsThere(here_.config_file())) {
      for (const char* id : {"agent", "quarantine"})
        seen_.findings.Skipped(id, "kedged does not run before this device is set up");
      return;
    }
    const std::string& why = here_.facts.silence;
    seen_.findings.Problem(
        "agent", "kedged does not answer: " + why,
        "jobs are neither taken nor undone while it does not run; what it says is in: journalctl -u kedged",
        Start());
    seen_.findings.Skipped("quarantine", "only the agent knows (the journal may, too: sudo kedge status)");
  }

  void Agent(const AgentWord& word) {
    if (here_.facts.has_config && word.thing != here_.config.thing) {
      seen_.findings.Problem("agent",
                             "the kedged that answers is for thing '" + word.thing +
                                 "', the configuration for '" + here_.config.thing + "'",
                             "it runs with another configuration, or with an older one",
                             "sudo systemctl restart kedged");
      return;
    }
    if (!word.survivor.empty()) {
      seen_.findings.Problem(
          "agent", "job " + word.job + " waits for " + word.survivor + ", which outlives KILL",
          "it hangs inside the kernel, on a disk or a network file system; when that does not come back, "
          "only a "
          "reboot ends it. The job is undone afterwards",
          "sudo reboot");
      return;
    }
    if (word.recovering && Age() > kLongRecovery) {
      seen_.findings.Warning(
          "agent",
          "kedged has been undoing what was interrupted for " + std::to_string(Age() / 60000) + " min",
          "what it does just now stands in its status", "kedge status");
      return;
    }
    seen_.findings.Ok("agent", "kedged answers: " + word.state +
                                   (word.job.empty() ? "" : ", job " + word.job) +
                                   (word.recovering ? ", undoing what was interrupted" : ""));
  }

  // Since kedged's start, which made its socket.
  int64_t Age() const {
    struct stat found {};
    if (stat(here_.config.paths.operator_socket().c_str(), &found) != 0) return 0;
    return here_.device().now() - static_cast<int64_t>(found.st_mtime) * 1000;
  }

  void Quarantine(const std::optional<AgentWord::Quarantine>& quarantine) {
    if (!quarantine) return seen_.findings.Ok("quarantine", "none: jobs are taken");
    const bool is_stranded = quarantine->has_stranded;
    seen_.findings.Problem(
        "quarantine", "no job is taken since " + quarantine->since + ": " + quarantine->reason,
        is_stranded ? "take the obstacle away and have it undone; or, when the device is fine as it is: sudo "
                      "kedge clear"
                    : "look at the device; when it is fine as it is, lift the quarantine",
        is_stranded ? "sudo kedge rollback --retry" : "sudo kedge clear");
  }

  const Case& here_;
  Seen seen_;
};

}  // namespace

Seen LookAtAgent(const Case& here) { return Look(here).Take(); }

Seen LookAtLink(const Case& here) {
  constexpr char kId[] = "link";
  Seen seen;
  const std::string& obstacle = here.facts.obstacle;
  if (!here.agent_answers()) {
    seen.findings.Skipped(kId, "only the agent knows");
  } else if (here.is_connected()) {
    seen.findings.Ok(kId, "kedge-link is connected to the broker");
  } else if (!obstacle.empty()) {
    seen.findings.Skipped(kId, "not connected: see " + obstacle);
  } else {
    seen.findings.Problem(kId, "kedge-link is not connected to the broker: no job comes in",
                          "nothing that was looked at here stands in its way; its log says what does",
                          here.is_standard() ? "journalctl -u kedge-link -n 20" : "");
  }
  return seen;
}

}  // namespace kedge::doctor
