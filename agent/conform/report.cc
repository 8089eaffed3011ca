#include "conform/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kedge::conform {
namespace {

constexpr size_t kNameWidth = 26;

int64_t Count(const Report& report, Finding finding) {
  return std::count_if(report.found.begin(), report.found.end(),
                       [finding](const Found& found) { return found.finding == finding; });
}

const char* WordFor(Conclusion conclusion) {
  switch (conclusion) {
    case Conclusion::kKept:
      return "kept";
    case Conclusion::kBroken:
      return "broken";
    case Conclusion::kNotTested:
      break;
  }
  return "not tested";
}

}  // namespace

std::string_view ToString(Finding finding) {
  switch (finding) {
    case Finding::kOk:
      return "ok";
    case Finding::kBroken:
      return "BROKEN";
    case Finding::kNotShown:
      return "not shown";
    case Finding::kInformation:
      break;
  }
  return "note";
}

Conclusion ConclusionOf(const Report& report) {
  if (Count(report, Finding::kBroken) > 0) return Conclusion::kBroken;
  return report.not_tested.empty() ? Conclusion::kKept : Conclusion::kNotTested;
}

std::string HeadOf(const Report& report) {
  return "handler " + report.handler + ", seed " + std::to_string(report.seed) + ", " +
         std::to_string(report.rounds) + " rounds of each kind\n" + report.containment + "\n\n";
}

std::string TextOf(const Found& found) {
  std::string line(found.about.name);
  line.resize(std::max(line.size() + 2, kNameWidth), ' ');
  line.append(ToString(found.finding));
  if (!found.text.empty()) line.append(": ").append(found.text);
  line += '\n';
  for (const std::string& seen : found.seen) line.append("    ").append(seen).append("\n");
  if (found.finding == Finding::kBroken)
    line.append("    the contract: ").append(found.about.rule).append("\n");
  return line;
}

std::string EndOf(const Report& report) {
  const std::string counts = std::to_string(Count(report, Finding::kOk)) + " ok, " +
                             std::to_string(Count(report, Finding::kBroken)) + " broken, " +
                             std::to_string(Count(report, Finding::kNotShown)) + " not shown";
  const std::string again = "; --seed " + std::to_string(report.seed) + " takes the same moments again\n";
  switch (ConclusionOf(report)) {
    case Conclusion::kKept:
      return "\nThe contract is kept, as far as shown: " + counts + again;
    case Conclusion::kBroken:
      return "\nThe contract is BROKEN: " + counts + again;
    case Conclusion::kNotTested:
      break;
  }
  return "\nNot tested: " + report.not_tested + " (" + counts + ")\n";
}

std::string JsonOf(const Report& report) {
  nlohmann::json cases = nlohmann::json::array();
  for (const Found& found : report.found) {
    nlohmann::json one = {{"case", found.about.name},
                          {"result", ToString(found.finding)},
                          {"text", found.text},
                          {"contract", found.about.rule}};
    if (!found.seen.empty()) one["seen"] = found.seen;
    cases.push_back(std::move(one));
  }
  nlohmann::json whole = {{"handler", report.handler}, {"seed", report.seed},
                          {"rounds", report.rounds},   {"containment", report.containment},
                          {"cases", std::move(cases)}, {"result", WordFor(ConclusionOf(report))}};
  if (!report.not_tested.empty()) whole["notTested"] = report.not_tested;
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace kedge::conform
