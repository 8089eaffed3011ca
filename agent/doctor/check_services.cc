#include "doctor/programs.h"

namespace kedge::doctor {
namespace {

// Restarts since the boot that are no accident any more.
constexpr int kManyRestarts = 3;
constexpr const char* kUnits[] = {"kedged", "kedge-link"};

using Properties = std::map<std::string, std::string>;

std::string Value(const Properties& unit, const std::string& name) {
  const auto found = unit.find(name);
  return found == unit.end() ? "" : found->second;
}

class Look {
 public:
  explicit Look(const Case& here) : here_(here) {}

  Seen Take() {
    if (!here_.is_standard()) {
      Skip("the services run with " + here_.device().service_config + ", not with " + here_.config_file());
      return std::move(seen_);
    }
    for (const std::string unit : kUnits) {
      const auto properties = ShowUnit(here_, unit + ".service");
      if (!properties) {
        Skip(properties.error().message);
        return std::move(seen_);
      }
      Judge(unit, *properties);
    }
    if (!seen_.findings.Has("services"))
      seen_.findings.Ok("services", "kedged and kedge-link are enabled and running, and watched");
    return std::move(seen_);
  }

 private:
  void Skip(const std::string& why) { seen_.findings.Skipped("services", why); }

  void Judge(const std::string& unit, const Properties& properties) {
    const std::string name = unit + ".service";
    if (Value(properties, "LoadState") != "loaded") {
      const bool is_masked = Value(properties, "LoadState") == "masked";
      return seen_.findings.Problem(
          "services",
          name + (is_masked ? " is masked" : " is not installed (" + Value(properties, "LoadState") + ")"),
          is_masked ? "somebody has switched it off for good" : "install Kedge's package",
          is_masked ? "sudo systemctl unmask " + unit : "sudo apt install ./kedge_*.deb");
    }
    Active(unit, properties);
    if (const std::string file = Value(properties, "UnitFileState"); file != "enabled") {
      seen_.findings.Warning(
          "services",
          name + " is " + (file.empty() ? "not enabled" : file) + ": the next boot does not start it",
          "have it started at each boot", "sudo systemctl enable " + unit);
    }
    if (unit == "kedged" && Value(properties, "ActiveState") == "active" &&
        IsOff(Value(properties, "WatchdogUSec"))) {
      seen_.findings.Warning("services", name + " runs without a watchdog: an agent that hangs stays so",
                             "something beneath /etc/systemd/system/kedged.service.d switches it off",
                             "systemctl cat kedged");
    }
  }

  static bool IsOff(const std::string& watchdog) {
    return watchdog.empty() || watchdog == "0" || watchdog == "infinity";
  }

  void Active(const std::string& unit, const Properties& properties) {
    const std::string name = unit + ".service";
    const std::string state = Value(properties, "ActiveState");
    const std::string result = Value(properties, "Result");
    const std::string ended = result.empty() || result == "success" ? "" : " (" + result + ")";
    const std::string log = "journalctl -u " + unit + " -n 50";
    const std::string said = Value(properties, "StatusText");
    if (state == "failed") {
      seen_.findings.Problem(
          "services", name + " has failed" + ended + (result == "watchdog" ? ": it hung, and was ended" : ""),
          "its log says why; then: sudo systemctl restart " + unit, log);
    } else if (state == "activating" && Value(properties, "SubState") == "auto-restart") {
      seen_.findings.Problem("services", name + " ends again and again" + ended, "its log says why", log);
    } else if (state != "active" && state != "activating" && state != "reloading") {
      seen_.findings.Problem("services", name + " does not run (" + state + ")", "start it",
                             "sudo systemctl start " + unit);
    } else if (Restarts(properties) >= kManyRestarts) {
      seen_.findings.Warning(
          "services",
          name + " was restarted " + std::to_string(Restarts(properties)) + " times since it was started",
          "its log says why it ended", log);
    }
  }

  static int Restarts(const Properties& properties) {
    const std::string count = Value(properties, "NRestarts");
    return count.empty() || count.size() > 6 || count.find_first_not_of("0123456789") != std::string::npos
               ? 0
               : std::stoi(count);
  }

  const Case& here_;
  Seen seen_;
};

}  // namespace

Seen LookAtServices(const Case& here) { return Look(here).Take(); }

Seen LookAtVersions(const Case& here) {
  constexpr char kId[] = "versions";
  const std::string ours = KEDGE_VERSION;
  const char* kInstall = "sudo apt install ./kedge_*.deb";
  Seen seen;
  for (const auto& program : {here.kedged(), here.kedge_link()}) {
    if (!IsExecutable(program)) {
      seen.findings.Problem(kId, "there is no program " + program, "install Kedge's package", kInstall);
      continue;
    }
    const auto version = VersionOf(here, program);
    if (!version) {
      seen.findings.Problem(kId, version.error().message, "install Kedge's package again", kInstall);
    } else if (*version != ours) {
      seen.findings.Problem(kId, program + " is version " + *version + ", this kedge is " + ours,
                            "they belong together: install one package of all of them", kInstall);
    }
  }
  if (here.agent_answers()) {
    const std::string& running = here.facts.agent->version;
    if (running != ours && !seen.findings.Has(kId)) {
      seen.findings.Warning(kId,
                            "the kedged that runs is version " + running + ", the installed one is " + ours,
                            "have it started anew; a job that runs would be interrupted and undone",
                            "sudo systemctl restart kedged");
    }
  }
  if (!seen.findings.Has(kId)) seen.findings.Ok(kId, "kedge, kedged and kedge-link are all version " + ours);
  return seen;
}

}  // namespace kedge::doctor
