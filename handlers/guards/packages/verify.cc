#include "guards/packages/verify.h"

#include <algorithm>
#include <iterator>

#include "guards/files/folder.h"
#include "guards/packages/difference.h"
#include "guards/packages/leftovers.h"
#include "guards/packages/lock.h"
#include "guards/packages/places.h"
#include "guards/packages/program.h"
#include "guards/packages/snapshot.h"
#include "guards/packages/units.h"

namespace kedge::packages {
namespace {

constexpr std::chrono::seconds kWaitForDpkg{120};

void CompareMarks(const Record& record, Findings& findings) {
  const auto now = ReadAutomatic();
  std::vector<std::string> differing;
  std::set_symmetric_difference(now.begin(), now.end(), record.automatic.begin(), record.automatic.end(),
                                std::back_inserter(differing));
  for (const std::string& key : differing) {
    const bool is = now.contains(key);
    findings.differences.push_back(key + ": is marked as installed " + (is ? "automatically" : "by hand") +
                                   ", was marked as installed " + (is ? "by hand" : "automatically"));
  }
}

void CompareContent(const Record& record, const Database& now, Findings& findings) {
  for (const auto& [key, then] : record.deviations) {
    const auto found = now.find(key);
    if (found == now.end()) continue;  // is a difference already
    const auto is = Deviations(found->second);
    if (is == then) continue;
    for (const std::string& line : is) {
      if (std::find(then.begin(), then.end(), line) == then.end()) {
        findings.differences.push_back(key + ": a file is not the package's, and was: " + line);
      }
    }
    for (const std::string& line : then) {
      if (std::find(is.begin(), is.end(), line) == is.end()) {
        findings.differences.push_back(key + ": a file is the package's, and was not: " + line);
      }
    }
  }
}

void Audit(Findings& findings) {
  const auto ran = RunProgram({"dpkg", "--audit"});
  if (!ran) {
    findings.troubles.push_back(ran.error().message);
  } else if (!ran->out.empty()) {
    findings.differences.push_back("dpkg --audit: " + Lines(ran->out).front());
  }
}

void ComparePaths(const Settings& settings, const std::string& state, const std::vector<std::string>& paths,
                  Findings& findings) {
  if (paths.empty()) return;
  const auto ran = CallFilesGuard(settings, state, "verify", paths);
  if (!ran) {
    findings.troubles.push_back(ran.error().message);
    return;
  }
  for (std::string& line : Lines(ran->out)) findings.differences.push_back(std::move(line));
  if (!ran->ok() && ran->out.empty()) findings.troubles.push_back(ran->Reason());
}

void CompareUnits(const Record& record, Findings& findings) {
  for (const auto& [unit, then] : record.units) {
    const std::string now = ActiveState(unit);
    if (now != then) findings.differences.push_back(unit + ": ActiveState is " + now + ", was " + then);
  }
}

}  // namespace

Result<Findings> Verify(const Settings& settings, const Record& record) {
  const auto lock = FrontendLock::Take(kWaitForDpkg);
  if (!lock) return Unexpected(lock.error());
  const auto status = ReadStatus();
  if (!status) return Findings{{status.error().message}, {}};
  const Database then = ParseStatus(record.status);
  const Database now = ParseStatus(*status);
  Findings findings;
  findings.differences = DescribePackages(record, then, now);
  CompareMarks(record, findings);
  CompareContent(record, now, findings);
  Audit(findings);
  if (!Compare(then, now).HasPackages()) {
    for (const std::string& path : FindLeftovers(settings, record)) {
      findings.differences.push_back(files::Printable(path) + ": is there, was absent");
    }
  }
  ComparePaths(settings, settings.FilesState(), record.guarded, findings);
  // A service that runs writes; restore has compared while it did not.
  if (!IsAnyActive(record.units)) ComparePaths(settings, settings.DataState(), record.data, findings);
  CompareUnits(record, findings);
  return findings;
}

}  // namespace kedge::packages
