#include "guards/packages/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "guards/packages/lock.h"
#include "guards/packages/places.h"
#include "guards/packages/units.h"
#include "sys/files.h"

namespace kedge::packages {
namespace {

constexpr std::chrono::seconds kWaitForDpkg{120};

// What stands in the way before a single .deb was looked for.
std::vector<std::string> ObviousObstacles(const Settings& settings, const Database& database,
                                          const Plan& plan) {
  std::vector<std::string> obstacles;
  for (const auto& [key, package] : database) {
    if (package.IsInstalled() || package.IsConfigOnly() || package.status == "not-installed") continue;
    obstacles.push_back(key + " is " + package.status +
                        (package.flag == "ok" ? "" : " and has to be reinstalled") +
                        ", a state that cannot be put back");
  }
  if (settings.intent == Intent::kRemove) return obstacles;
  for (const std::string& item : plan.unknown) {
    obstacles.push_back("apt does not know the package " + item +
                        ", nor what it would bring; apt-get update may help");
  }
  return obstacles;
}

Result<void> Clear(const Settings& settings) {
  for (const std::string& path : {settings.Debs(), settings.FilesState(), settings.DataState()}) {
    if (auto cleared = sys::RemoveTree(path); !cleared) return cleared;
  }
  return {};
}

Result<void> KeepArchives(const Settings& settings, const Database& database, Record& record) {
  for (const std::string& key : record.touched) {
    const auto found = database.find(key);
    if (found == database.end() || !found->second.IsInstalled()) continue;
    auto kept = KeepArchive(found->second, settings.Debs());
    if (kept) {
      record.archives.push_back(*std::move(kept));
    } else if (kept.error().kind == ErrorKind::kNotFound) {
      record.lacking.push_back(kept.error().message);
    } else {
      return Unexpected(kept.error());
    }
  }
  return sys::SyncFolder(settings.Debs());
}

// Empties `paths` when the guard `files` does not take them.
Result<void> KeepPaths(const Settings& settings, const std::string& state, std::vector<std::string>& paths,
                       Record& record) {
  if (paths.empty()) return {};
  const auto kept = CallFilesGuard(settings, state, "snapshot", paths);
  if (!kept) return Unexpected(kept.error());
  if (kept->ok()) return sys::SyncFolder(state);
  record.lacking.push_back("configuration and data of the packages cannot be kept: " + kept->Reason());
  paths.clear();
  return {};
}

Result<void> KeepFiles(const Settings& settings, const Database& database, const Plan& plan, Record& record) {
  std::set<std::string> overwritten;
  for (const Package& package : plan.coming) {
    SortComing(PathsOfFetched(package), database, record.touched, record.absent, record.replaced,
               overwritten);
  }
  for (const std::string& key : record.touched) {
    if (const auto found = database.find(key); found != database.end()) {
      record.deviations[key] = Deviations(found->second);
    }
  }
  record.listed = ListPlaces();
  record.units = ReadUnits(database, record.touched);
  for (std::string& path : GuardedPaths(database, record.touched, overwritten)) {
    (IsData(path) ? record.data : record.guarded).push_back(std::move(path));
  }
  auto kept = KeepPaths(settings, settings.FilesState(), record.guarded, record);
  if (kept) kept = KeepPaths(settings, settings.DataState(), record.data, record);
  return kept;
}

Result<Record> KeepAll(const Settings& settings, const std::vector<Item>& items) {
  // In which state it was interrupted, dpkg tells when its notes are in its status file; that stays as it
  // was.
  if (settings.may_run_without_way_back && HasPendingUpdates()) {
    if (auto taken = TakeInPendingUpdates(); !taken) return Unexpected(taken.error());
  }
  auto status = ReadStatus();
  if (!status) return Unexpected(ErrorKind::kDenied, status.error().message);
  const Database database = ParseStatus(*status);
  const auto plan = Simulate(items, settings.intent, database);
  if (!plan) return Unexpected(plan.error());
  Record record;
  for (const Item& item : items) record.items.push_back(item.Written());
  record.status = *std::move(status);
  record.automatic = ReadAutomatic();
  record.touched = plan->touched;
  record.lacking = ObviousObstacles(settings, database, *plan);
  for (const std::string& folder : {settings.Debs(), settings.FilesState(), settings.DataState()}) {
    if (auto made = sys::MakeDirs(folder, 0700); !made) return Unexpected(made.error());
  }
  if (auto kept = KeepArchives(settings, database, record); !kept) return Unexpected(kept.error());
  if (!record.lacking.empty() && !settings.may_run_without_way_back) {
    return Unexpected(ErrorKind::kDenied, "no exact way back: " + record.lacking.front());
  }
  if (auto kept = KeepFiles(settings, database, *plan, record); !kept) return Unexpected(kept.error());
  if (!record.lacking.empty() && !settings.may_run_without_way_back) {
    return Unexpected(ErrorKind::kDenied, "no exact way back: " + record.lacking.front());
  }
  return record;
}

}  // namespace

Result<Ran> CallFilesGuard(const Settings& settings, const std::string& state, const std::string& verb,
                           const std::vector<std::string>& paths) {
  Arguments argv = {settings.files_guard, verb};
  argv.insert(argv.end(), paths.begin(), paths.end());
  return RunProgram(argv, {"KEDGE_STATE_DIR=" + state});
}

Result<Record> ReadRecord(const Settings& settings) {
  const auto text = sys::ReadFile(settings.RecordPath(), std::numeric_limits<int32_t>::max());
  if (!text) return Unexpected(text.error());
  return Decode(*text);
}

Result<Record> TakeSnapshot(const Settings& settings, const std::vector<Item>& items) {
  // Held to the end: nothing of what is recorded can change meanwhile through apt or dpkg.
  const auto lock = FrontendLock::Take(kWaitForDpkg);
  if (!lock) return Unexpected(lock.error());
  if (auto cleared = Clear(settings); !cleared) return Unexpected(cleared.error());
  auto record = KeepAll(settings, items);
  if (record) {
    auto written = sys::WriteFileAtomic(settings.RecordPath(), Encode(*record), 0600);
    if (written) return record;
    record = Unexpected(written.error());
  }
  static_cast<void>(Clear(settings));  // give the room back; the first failure is what counts
  return record;
}

Result<std::vector<std::string>> FindObstacles(const Settings& settings, const std::vector<Item>& items) {
  const auto status = ReadStatus();
  if (!status) return std::vector<std::string>{status.error().message};
  const Database database = ParseStatus(*status);
  auto plan = Simulate(items, settings.intent, database);
  if (!plan) return Unexpected(plan.error());
  plan->unknown.clear();  // an earlier step of the job, or apt-get update, may bring it
  auto obstacles = ObviousObstacles(settings, database, *plan);
  for (const std::string& key : plan->touched) {
    const auto found = database.find(key);
    if (found == database.end() || !found->second.IsInstalled()) continue;
    const auto can = CanBeKept(found->second);
    if (!can) obstacles.push_back(can.error().message);
  }
  return obstacles;
}

}  // namespace kedge::packages
