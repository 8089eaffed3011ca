#include "doctor/doctor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "doctor/checks.h"
#include "doctor/options.h"
#include "doctor/report.h"
#include "process/forked.h"

namespace kedge::doctor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Beyond a check's own limits, which end it with a better word.
constexpr seconds kMercy{3};

std::string ToText(const Seen& seen) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& finding : seen.findings.all()) {
    findings.push_back(
        {finding.id, static_cast<int>(finding.level), finding.saw, finding.advice, finding.command});
  }
  const Facts& facts = seen.facts;
  return nlohmann::json{{"findings", findings},
                        {"facts", {facts.has_credentials, facts.obstacle, facts.valid_from, facts.newest}}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Seen FromText(const std::string& text) {
  Seen seen;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return seen;
  for (const auto& finding : json["findings"]) {
    seen.findings.Add(
        {finding[0], static_cast<Level>(finding[1].get<int>()), finding[2], finding[3], finding[4]});
  }
  const auto& facts = json["facts"];
  seen.facts.has_credentials = facts[0];
  seen.facts.obstacle = facts[1];
  seen.facts.valid_from = facts[2];
  seen.facts.newest = facts[3];
  return seen;
}

class Round {
 public:
  Round(const Options& options, const Io& io)
      : here_{options, io, {}}, report_(io, options.json, options.quiet) {}

  int Go() {
    if (auto config = LoadConfig(here_.config_file())) {
      here_.config = std::move(*config);
      here_.facts.has_config = true;
    }
    AskAgent();
    for (const Check& check : AllChecks()) Do(check);
    report_.End(here_.config.thing, here_.config_file());
    return report_.has_problem() ? 1 : 0;
  }

 private:
  bool Wants(const std::vector<std::string>& ids) const {
    return std::any_of(ids.begin(), ids.end(),
                       [this](const std::string& id) { return here_.options.Wants(id); });
  }
  milliseconds Limit(int times) const { return here_.options.timeout * times + kMercy; }

  // Several checks go by its word.
  void AskAgent() {
    const auto& status = here_.io.status;
    const std::string socket = here_.config.paths.operator_socket();
    const auto said = process::RunForked(
        [&]() -> std::string {
          const auto answer = status(socket);
          return answer ? "+" + *answer : "-" + answer.error().message;
        },
        here_.options.timeout);
    if (said && said->starts_with("+")) here_.facts.agent = ReadStatus(said->substr(1));
    if (here_.facts.agent) return;
    here_.facts.silence = !said ? said.error().message : said->empty() ? "it says nothing" : said->substr(1);
  }

  void Do(const Check& check) {
    if (!Wants(check.ids) && !Wants(check.for_also)) return;
    if (check.needs_network && here_.options.offline) return SkipAll(check, "not tried: --offline");
    const auto text = process::RunForked([&] { return ToText(check.look(here_)); }, Limit(check.limits));
    if (!text) return Failed(check, text.error().message);
    const Seen seen = FromText(*text);
    for (const Finding& finding : seen.findings.all()) {
      if (here_.options.Wants(finding.id)) report_.Add(finding);
    }
    here_.facts.Add(seen.facts);
  }

  void SkipAll(const Check& check, const std::string& why) {
    for (const std::string& id : check.ids) {
      if (here_.options.Wants(id)) report_.Add({id, Level::kSkipped, why, "", ""});
    }
  }
  void Failed(const Check& check, const std::string& why) {
    for (size_t i = 0; i < check.ids.size(); ++i) {
      if (!here_.options.Wants(check.ids[i])) continue;
      if (i > 0) {
        report_.Add(
            {check.ids[i], Level::kSkipped, "the look at " + check.ids[0] + " did not come so far", "", ""});
      } else {
        report_.Add({check.ids[i], Level::kProblem, "this check came to no end: " + why,
                     "something that it looks at does not answer (a disk, a network file system?); the "
                     "kernel's log may "
                     "tell. More time: --timeout",
                     "dmesg --level=err,warn"});
      }
    }
  }

  Case here_;
  Report report_;
};

}  // namespace

int Doctor(const std::vector<std::string>& arguments, const Io& io) {
  const auto options = ParseOptions(arguments);
  if (!options) {
    io.err(options.error().message);
    return 2;
  }
  if (options->help) {
    io.out(kHelp);
    return 0;
  }
  return Round(*options, io).Go();
}

}  // namespace kedge::doctor
