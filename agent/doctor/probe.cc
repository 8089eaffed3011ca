#include "doctor/probe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "doctor/programs.h"
#include "process/resolve.h"
#include "setup/trial.h"

namespace kedge::doctor {
namespace {

constexpr int kLimits = 8;  // times --timeout: address, TCP, TLS, MQTT twice, subscriptions, query, state

// A key in a TPM is found by what the unit's drop-in says (config/TPM.md), not by what root's shell says.
std::map<std::string, std::string> Environment(const Case& here) {
  auto environment = setup::OpenSslEnvironment();
  if (!here.is_standard()) return environment;
  const auto unit = ShowUnit(here, "kedge-link.service");
  const auto line = unit ? unit->find("Environment") : decltype(unit->find("")){};
  if (!unit || line == unit->end()) return environment;
  std::istringstream words(line->second);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos && word.find('"') == std::string::npos)
      environment[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return environment;
}

std::vector<Probed> ReadLines(const std::string& text) {
  std::vector<Probed> checks;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    checks.push_back({json.value("check", ""), json.value("ok", false), json.value("text", ""),
                      json.value("hint", ""), json.value("from", int64_t{0}),
                      json.value("until", int64_t{0})});
  }
  return checks;
}

}  // namespace

const Probed* ProbeRun::Find(const std::string& name) const {
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&name](const Probed& check) { return check.name == name; });
  return found == checks.end() ? nullptr : &*found;
}

Result<ProbeRun> RunProbe(const Case& here, const std::vector<std::string>& options) {
  std::vector<std::string> argv = {here.kedge_link(), "--probe",
                                   "--config",        here.config_file(),
                                   "--limit",         std::to_string(here.options.timeout.count())};
  argv.insert(argv.end(), options.begin(), options.end());
  const bool can_become = here.is_root() && process::FindUser(here.config.link_user).has_value();
  setup::Ran cut_short;
  const auto ran =
      Run(here, argv, kLimits, can_become ? here.config.link_user : "", Environment(here), &cut_short);
  if (!ran && ran.error().kind == ErrorKind::kNotFound) return Unexpected(ran.error());
  ProbeRun probe;
  probe.checks = ReadLines(ran ? ran->out : cut_short.out);
  if (!ran) {
    probe.trouble = ran.error().message;
  } else if (probe.checks.empty()) {
    return Unexpected{ErrorKind::kUnavailable, "kedge-link --probe: " + ran->how + ": " + ran->err};
  }
  return probe;
}

}  // namespace kedge::doctor
