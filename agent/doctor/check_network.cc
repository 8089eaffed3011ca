#include <unistd.h>

#include <algorithm>
#include <map>

#include "doctor/probe.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

constexpr char kPolicy[] = "/usr/share/kedge/iot-policy.json";
constexpr const char* kIds[] = {"dns", "tcp", "tls", "broker", "policy", "jobs"};

// The probe's words, and ours for them.
const std::map<std::string, std::string>& IdOf() {
  static const std::map<std::string, std::string> kOf = {
      {"address", "dns"},      {"tcp", "tcp"},      {"tls", "tls"},   {"mqtt", "broker"},
      {"subscribe", "policy"}, {"state", "policy"}, {"query", "jobs"}};
  return kOf;
}

class Look {
 public:
  explicit Look(const Case& here) : here_(here), broker_(here.config.broker) {}

  Seen Take() {
    if (!here_.facts.has_config || broker_.host.empty()) {
      SkipRest("no configuration names a broker");
      return std::move(seen_);
    }
    std::vector<std::string> options = {"--go-on"};
    if (!MayConnect()) options.insert(options.end(), {"--to", "tls"});
    if (!here_.options.client_id.empty())
      options.insert(options.end(), {"--client-id", here_.options.client_id});
    const auto probe = RunProbe(here_, options);
    if (!probe) {
      SkipRest("kedge-link cannot be asked: " + probe.error().message);
    } else {
      Judge(*probe);
    }
    for (const Finding& finding : seen_.findings.all()) {
      if (finding.level == Level::kProblem && seen_.facts.obstacle.empty()) seen_.facts.obstacle = finding.id;
    }
    return {InOrder(), seen_.facts};
  }

 private:
  Findings InOrder() const {
    Findings sorted;
    for (const std::string id : kIds) {
      for (const Finding& finding : seen_.findings.all()) {
        if (finding.id == id) sorted.Add(finding);
      }
    }
    return sorted;
  }

  // By its own name only while it is not connected itself; without an agent it is not (link/relay.h).
  bool MayConnect() const { return !here_.options.client_id.empty() || !here_.is_connected(); }

  void SkipRest(const std::string& why) {
    for (const char* id : kIds) {
      if (!seen_.findings.Has(id)) seen_.findings.Skipped(id, why);
    }
  }

  void Judge(const ProbeRun& probe) {
    std::string failed;
    for (const Probed& check : probe.checks) {
      const auto id = IdOf().find(check.name);
      if (id == IdOf().end()) continue;  // the files, which are told
      if (check.ok) {
        Fine(id->second, check);
      } else {
        failed = id->second;
        if (!NeedsRoot(failed))
          seen_.findings.Problem(failed, check.text, check.hint + More(failed), Mend(failed, check));
      }
    }
    Topics();
    if (!probe.trouble.empty()) return NoEnd(probe.trouble);
    if (!MayConnect()) TakeItsWord();
    const bool files_are_bad = failed.empty() && !here_.facts.has_credentials;
    if (!files_are_bad) return SkipRest("needs " + failed);
    const std::string file = here_.facts.obstacle;
    SkipRest(file.empty() ? "needs root, for the key" : "needs a good file: see " + file);
  }

  void Fine(const std::string& id, const Probed& check) {
    if (id == "policy") {
      ++allowed_;
      return;
    }
    seen_.findings.Ok(id, check.text);
  }

  // One line for all topics that are allowed.
  void Topics() {
    if (allowed_ > 0 && !seen_.findings.Has("policy"))
      seen_.findings.Ok("policy", "allowed on all " + std::to_string(allowed_) + " topics that were tried");
  }

  // TLS with a key that is not ours to read.
  bool NeedsRoot(const std::string& id) {
    if (id != "tls" || here_.is_root() || access(broker_.key_file.c_str(), R_OK) == 0) return false;
    seen_.findings.Skipped(id, "needs root, for the key");
    return true;
  }

  // Every filter was granted, or it would not call itself connected.
  void TakeItsWord() {
    constexpr char kWhy[] =
        " (its own word: to try it by its name would end its connection; see --client-id)";
    if (!seen_.findings.Has("broker"))
      seen_.findings.Ok("broker", "kedge-link is connected as " + broker_.client_id + kWhy);
    if (!seen_.findings.Has("policy"))
      seen_.findings.Ok("policy", "kedge-link was granted every subscription" + std::string(kWhy));
    if (!seen_.findings.Has("jobs"))
      seen_.findings.Skipped("jobs", "kedge-link is connected: kedge status tells what comes in");
  }

  // The first that did not answer is the one that hangs.
  void NoEnd(const std::string& trouble) {
    for (const char* id : kIds) {
      if (seen_.findings.Has(id)) continue;
      seen_.findings.Problem(
          id, "no answer: " + trouble,
          id == std::string("dns") ? "the name server does not answer" : "is there a firewall between?",
          id == std::string("dns") ? "cat /etc/resolv.conf" : "");
      break;
    }
    SkipRest("the look did not come so far");
  }

  std::string Setup(const std::string& words) const {
    return "sudo kedge setup" + (here_.is_standard() ? "" : " --config " + Quoted(here_.config_file())) +
           " " + words;
  }

  static bool NeedsPolicy(const std::string& id) { return id == "broker" || id == "policy"; }
  static std::string More(const std::string& id) {
    return NeedsPolicy(id) ? std::string("; ") + kPolicy +
                                 " allows all that Kedge needs, once REGION and ACCOUNT are put in"
                           : "";
  }

  std::string Mend(const std::string& id, const Probed& check) const {
    const auto says = [&check](const char* words) { return check.text.find(words) != std::string::npos; };
    if (id == "dns")
      return says("Temporary failure") ? "cat /etc/resolv.conf; ip route" : Setup("--endpoint NAME");
    if (id == "tcp") return Setup("--port " + std::string(broker_.port == 443 ? "8883" : "443"));
    if (id == "tls" && says("is not for ")) return Setup("--endpoint NAME");
    if (id == "tls" && says("the CA file")) return Setup("--ca " + here_.right_ca());
    if (id == "tls" && says("refuses the certificate")) return Activate();
    if (id == "tls" && says("clock")) return "sudo timedatectl set-ntp true";
    if (id == "tls")
      return "openssl s_client -connect " + Quoted(broker_.host + ":" + std::to_string(broker_.port)) +
             " -CAfile " + Quoted(broker_.ca_file);
    if (NeedsPolicy(id))
      return "aws iot create-policy-version --set-as-default --policy-name NAME --policy-document file://" +
             std::string(kPolicy);
    if (id == "jobs" && says("does not exist"))
      return "aws iot create-thing --thing-name " + Quoted(here_.config.thing);
    if (id == "jobs") return "aws iot describe-thing --thing-name " + Quoted(here_.config.thing);
    return "";
  }

  // AWS calls a certificate by its fingerprint.
  std::string Activate() const {
    return "aws iot update-certificate --new-status ACTIVE --certificate-id $(openssl x509 -outform der "
           "-in " +
           Quoted(broker_.certificate_file) + " | sha256sum | cut -c1-64)";
  }

  const Case& here_;
  const link::BrokerConfig& broker_;
  int allowed_ = 0;
  Seen seen_;
};

}  // namespace

Seen LookAtNetwork(const Case& here) { return Look(here).Take(); }

}  // namespace kedge::doctor
