#include "guards/services/verify.h"

#include <algorithm>
#include <sstream>

#include "guards/services/compare.h"
#include "guards/services/keeper.h"
#include "guards/services/links.h"

namespace kedge::services {
namespace {

constexpr std::chrono::seconds kSettleLimit{120};

void CompareUnits(const Manifest& manifest, Findings& findings) {
  // Those that never came to rest would use up the whole time.
  std::vector<std::string> calm;
  for (const Recorded& recorded : manifest.recorded) {
    if (WantedOf(recorded) != Wanted::kTrying) calm.push_back(recorded.unit.id);
  }
  if (!calm.empty()) {
    if (const auto settled = WaitUntilSettled(calm, kSettleLimit); !settled) {
      findings.troubles.push_back(settled.error().message);
      return;
    }
  }
  const auto units = WaitUntilSettled(Ids(manifest), std::chrono::seconds(0));
  if (!units) {
    findings.troubles.push_back(units.error().message);
    return;
  }
  for (size_t i = 0; i < units->size(); ++i) {
    for (std::string& line : Differences(manifest.recorded[i], (*units)[i]))
      findings.differences.push_back(std::move(line));
  }
}

void CompareFiles(const std::string& folder, const Manifest& manifest, Findings& findings) {
  const auto verified = CallFilesGuard("verify", folder, manifest.files);
  if (!verified) {
    findings.troubles.push_back(verified.error().message);
    return;
  }
  std::istringstream lines(verified->out);
  for (std::string line; std::getline(lines, line);) findings.differences.push_back(line);
  if (verified->status > 1) findings.troubles.push_back(ComplaintOf(*verified));
  for (const std::string& link : FindLinks(manifest.names, "")) {
    if (std::find(manifest.files.begin(), manifest.files.end(), link) == manifest.files.end())
      findings.differences.push_back(link + ": is a link, was absent");
  }
}

}  // namespace

Findings Verify(const std::string& folder, const Manifest& manifest) {
  Findings findings;
  CompareUnits(manifest, findings);
  CompareFiles(folder, manifest, findings);
  return findings;
}

}  // namespace kedge::services
