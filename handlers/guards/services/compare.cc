#include "guards/services/compare.h"

#include <algorithm>

#include "guards/services/names.h"

namespace kedge::services {
namespace {

std::string Shown(const std::string& value) { return value.empty() ? "empty" : value; }

std::string Shown(std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  std::string text;
  for (const std::string& path : paths) text += (text.empty() ? "" : " ") + path;
  return Shown(text);
}

}  // namespace

Wanted WantedOf(const Recorded& recorded) {
  const std::string& active = recorded.unit.active;
  if (active == "active" || active == "reloading") return Wanted::kUp;
  if (active == "inactive") return Wanted::kDown;
  if (active == "failed") return Wanted::kFailed;
  return Wanted::kTrying;
}

bool IsAsWanted(Wanted wanted, const UnitState& is) {
  switch (wanted) {
    case Wanted::kUp:
      return is.active == "active" || is.active == "reloading";
    case Wanted::kTrying:
      return is.active != "inactive";
    case Wanted::kDown:
      return is.active == "inactive";
    case Wanted::kFailed:
      return !IsUp(is);
  }
  return false;
}

std::vector<std::string> Differences(const Recorded& recorded, const UnitState& is) {
  const UnitState& was = recorded.unit;
  std::vector<std::string> lines;
  const auto compare = [&](const char* property, const std::string& now, const std::string& before) {
    if (now != before) lines.push_back(was.id + ": " + property + " is " + now + ", was " + before);
  };
  if (!IsAsWanted(WantedOf(recorded), is)) compare("ActiveState", is.active, was.active);
  if (recorded.role != Role::kGuarded) return lines;
  // running or exited; other types' words come and go by themselves, as a timer's waiting and running.
  if (is.active == "active" && was.active == "active" && TypeOf(was.id) == "service")
    compare("SubState", is.sub, was.sub);
  compare("LoadState", Shown(is.load), Shown(was.load));
  compare("UnitFileState", Shown(is.file), Shown(was.file));
  compare("FragmentPath", Shown(is.fragment), Shown(was.fragment));
  compare("DropInPaths", Shown(is.drop_ins), Shown(was.drop_ins));
  if (is.needs_daemon_reload && !was.needs_daemon_reload) compare("NeedDaemonReload", "yes", "no");
  return lines;
}

}  // namespace kedge::services
