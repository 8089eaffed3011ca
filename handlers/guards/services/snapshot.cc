#include "guards/services/snapshot.h"

#include <algorithm>
#include <set>

#include "guards/services/around.h"
#include "guards/services/keeper.h"
#include "guards/services/links.h"
#include "guards/services/names.h"
#include "sys/files.h"

namespace kedge::services {
namespace {

constexpr std::chrono::seconds kSettleLimit{30};

// Why `unit` could not be put back exactly; empty when it could.
std::string Refusal(const UnitState& unit) {
  if (IsOwnUnit(unit.id))
    return "is Kedge's own: the agent would be stopped before it could undo that; see update-kedge";
  if (unit.active == "deactivating") return "is being stopped, and has not ended yet";
  if (IsUp(unit)) {
    if (unit.load == "masked")
      return "is masked and runs all the same: once stopped it could not be started again";
    if (unit.load != "loaded")
      return "runs, and its unit file is " + unit.load + ": once stopped it could not be started again";
    if (unit.fragment.empty() || unit.fragment.starts_with("/run/systemd/transient/"))
      return "has no unit file: once stopped it could not be started again";
    if (unit.refuses_start && !unit.refuses_stop) return "cannot be started by hand (RefuseManualStart)";
  } else if (unit.refuses_stop && !unit.refuses_start) {
    return "cannot be stopped by hand (RefuseManualStop)";
  }
  return "";
}

bool IsSame(const std::vector<std::string>& paths, const std::string& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

Result<Manifest> LookAt(const std::vector<std::string>& units) {
  Manifest manifest;
  manifest.units = units;
  const auto settled = WaitUntilSettled(units, kSettleLimit);
  if (!settled) return Unexpected(settled.error());
  std::vector<UnitState> guarded;
  std::set<std::string> ids;
  for (const UnitState& unit : *settled) {
    if (!ids.insert(unit.id).second) continue;  // named twice, by an alias
    if (const std::string why = Refusal(unit); !why.empty())
      return Unexpected(ErrorKind::kDenied, unit.id + " " + why);
    manifest.recorded.push_back({Role::kGuarded, unit});
    guarded.push_back(unit);
  }
  auto around = LookAround(guarded);
  if (!around) return Unexpected(around.error());
  manifest.recorded.insert(manifest.recorded.end(), around->begin(), around->end());

  manifest.names = LinkNames(guarded, "");
  manifest.folders = FindLinkFolders("");
  manifest.files = OwnPaths(guarded, "");
  for (std::string& link : FindLinks(manifest.names, "")) {
    if (IsSame(manifest.files, link)) continue;
    manifest.files.push_back(link);
    manifest.links.push_back(std::move(link));
  }
  return manifest;
}

Result<Manifest> TakeSnapshot(const std::string& folder, const std::vector<std::string>& units) {
  // Copies without a manifest are of another moment.
  if (auto cleared = sys::RemoveTree(folder + "/files"); !cleared) return Unexpected(cleared.error());
  auto manifest = LookAt(units);
  if (!manifest) return manifest;
  const auto kept = CallFilesGuard("snapshot", folder, manifest->files);
  if (!kept) return Unexpected(kept.error());
  if (kept->status != 0) return Unexpected(ErrorKind::kUnavailable, ComplaintOf(*kept));
  // Also makes the folder's own entry for `files` durable; the manifest is what makes it a snapshot.
  if (auto written = sys::WriteFileAtomic(folder + "/manifest", Encode(*manifest), 0600); !written)
    return Unexpected(written.error());
  return manifest;
}

Result<Manifest> ReadSnapshot(const std::string& folder) {
  const auto text = sys::ReadFile(folder + "/manifest", 16 << 20);
  if (!text) return Unexpected(text.error());
  return Decode(*text);
}

}  // namespace kedge::services
