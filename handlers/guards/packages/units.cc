#include "guards/packages/units.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "guards/packages/program.h"
#include "sys/paths.h"

namespace kedge::packages {
namespace {

bool IsUnit(const std::string& path) {
  constexpr std::array<std::string_view, 2> kFolders = {"/lib/systemd/system/", "/usr/lib/systemd/system/"};
  constexpr std::array<std::string_view, 4> kKinds = {".service", ".socket", ".timer", ".path"};
  for (const auto& folder : kFolders) {
    if (!path.starts_with(folder) || path.find('/', folder.size()) != std::string::npos) continue;
    if (path.find('@') != std::string::npos) return false;  // a template is no unit
    for (const auto& kind : kKinds) {
      if (path.ends_with(kind)) return true;
    }
  }
  return false;
}

bool IsActive(const std::string& state) { return state == "active" || state == "reloading"; }

}  // namespace

bool HasSystemd() { return sys::LeadsToFolder("/run/systemd/system"); }

std::string ActiveState(const std::string& unit) {
  const auto ran = RunProgram({"systemctl", "show", "--property=ActiveState", "--value", "--", unit});
  const auto lines = ran ? Lines(ran->out) : std::vector<std::string>();
  return lines.empty() ? "unknown" : lines.front();
}

std::map<std::string, std::string> ReadUnits(const Database& database, const std::set<std::string>& touched) {
  std::map<std::string, std::string> units;
  if (!HasSystemd()) return units;
  for (const std::string& key : touched) {
    const auto found = database.find(key);
    if (found == database.end()) continue;
    for (const std::string& path : FileList(found->second)) {
      if (!IsUnit(path)) continue;
      const std::string unit = path.substr(path.rfind('/') + 1);
      // Kedge's own are left to whoever replaces it: kedge-recovered.service would wait for the very job that
      // is undone.
      if (unit.starts_with("kedged") || unit.starts_with("kedge-")) continue;
      units[unit] = ActiveState(unit);
    }
  }
  return units;
}

bool IsAnyActive(const std::map<std::string, std::string>& units) {
  return HasSystemd() && std::any_of(units.begin(), units.end(),
                                     [](const auto& unit) { return IsActive(ActiveState(unit.first)); });
}

void StopUnits(const std::map<std::string, std::string>& units) {
  if (!HasSystemd() || units.empty()) return;
  // In one go: a socket would start its service again.
  Arguments argv = {"systemctl", "stop", "--"};
  for (const auto& [unit, state] : units) argv.push_back(unit);
  static_cast<void>(RunProgram(argv));
}

void RestoreUnits(const std::map<std::string, std::string>& units) {
  if (!HasSystemd()) return;
  // Files of units were put back behind its back.
  static_cast<void>(RunProgram({"systemctl", "daemon-reload"}));
  // Oneshot services that have run are inactive, as before. What does not work here is told by the
  // comparison.
  for (const auto& [unit, state] : units) {
    const bool is_active = IsActive(ActiveState(unit));
    if (is_active && state == "inactive") static_cast<void>(RunProgram({"systemctl", "stop", "--", unit}));
    if (!is_active && IsActive(state)) static_cast<void>(RunProgram({"systemctl", "start", "--", unit}));
  }
}

}  // namespace kedge::packages
