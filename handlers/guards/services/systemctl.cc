#include "guards/services/systemctl.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>
#include <thread>

#include "guards/program/program.h"
#include "guards/services/names.h"

namespace kedge::services {
namespace {

constexpr std::chrono::seconds kShowLimit{30};
// Longer than any start or stop with systemd's default limits (90 s); the agent allows 600 s for all calls.
constexpr std::chrono::seconds kAskLimit{240};
constexpr std::chrono::milliseconds kLookAgain{100};
constexpr uint64_t kSettleUs = 2'000'000;
constexpr size_t kUnitsACall = 200;

const std::vector<std::string> kVariables = {"SYSTEMD_COLORS=0", "SYSTEMD_PAGER=", "SYSTEMD_URLIFY=0",
                                             "LC_ALL=C.UTF-8"};

Result<guards::Ended> Systemctl(std::vector<std::string> argv, std::chrono::milliseconds limit) {
  return guards::Run({std::move(argv), guards::EnvironmentWith(kVariables), "", limit});
}

std::string PropertyList() {
  std::string list =
      "Id,Names,LoadState,ActiveState,SubState,UnitFileState,Type,Result,FragmentPath,DropInPaths,"
      "InvocationID,"
      "StateChangeTimestampMonotonic,ActiveEnterTimestampMonotonic,Job,NeedDaemonReload,CanReload,"
      "RefuseManualStart,"
      "RefuseManualStop";
  for (const std::string& name : RelationNames()) list += "," + name;
  return list;
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

uint64_t Number(const std::string& text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

UnitState FromProperties(std::map<std::string, std::string>& properties) {
  UnitState unit;
  unit.id = properties["Id"];
  unit.names = Words(properties["Names"]);
  if (unit.names.empty()) unit.names = {unit.id};
  unit.load = properties["LoadState"];
  unit.active = properties["ActiveState"];
  unit.sub = properties["SubState"];
  unit.file = properties["UnitFileState"];
  unit.type = properties["Type"];
  unit.result = properties["Result"];
  unit.fragment = properties["FragmentPath"];
  unit.drop_ins = Words(properties["DropInPaths"]);
  unit.invocation = properties["InvocationID"];
  unit.changed_us = Number(properties["StateChangeTimestampMonotonic"]);
  unit.activated_us = Number(properties["ActiveEnterTimestampMonotonic"]);
  unit.has_job = Number(properties["Job"]) != 0;
  unit.needs_daemon_reload = properties["NeedDaemonReload"] == "yes";
  unit.can_reload = properties["CanReload"] == "yes";
  unit.refuses_start = properties["RefuseManualStart"] == "yes";
  unit.refuses_stop = properties["RefuseManualStop"] == "yes";
  for (const std::string& name : RelationNames()) {
    if (auto others = Words(properties[name]); !others.empty()) unit.relations[name] = std::move(others);
  }
  return unit;
}

std::vector<std::string> Command(const std::string& verb, const std::vector<std::string>& options,
                                 const std::vector<std::string>& units) {
  std::vector<std::string> argv = {"systemctl", "--no-pager", "--no-ask-password"};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back(verb);
  argv.push_back("--");
  argv.insert(argv.end(), units.begin(), units.end());
  return argv;
}

Unexpected Failed(const guards::Ended& output, const std::string& what) {
  const std::string reason = guards::LastLine(output.err);
  return Unexpected(
      ErrorKind::kUnavailable,
      reason.empty() ? what + " ended with status " + std::to_string(output.status) : what + ": " + reason);
}

uint64_t NowUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // what systemd's timestamps are of
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

bool IsSettled(const UnitState& unit, uint64_t now_us) {
  if (!IsAtRest(unit)) return false;
  if (unit.active != "active" || TypeOf(unit.id) != "service") return true;
  return now_us - std::min(now_us, unit.activated_us) >= kSettleUs;
}

}  // namespace

bool IsUp(const UnitState& unit) { return unit.active != "inactive" && unit.active != "failed"; }

bool IsAtRest(const UnitState& unit) {
  return !unit.has_job && (unit.active == "active" || unit.active == "inactive" || unit.active == "failed");
}

const std::vector<std::string>& RelationNames() {
  static const std::vector<std::string> names = {
      "Requires",     "BindsTo",  "Wants",      "Upholds",    "RequiredBy",
      "RequisiteOf",  "BoundBy",  "ConsistsOf", "Conflicts",  "PropagatesStopTo",
      "ConflictedBy", "Triggers", "After",      "TriggeredBy"};
  return names;
}

Result<std::vector<UnitState>> ParseShow(const std::string& text) {
  std::vector<UnitState> units;
  std::map<std::string, std::string> properties;
  const auto finish = [&] {
    if (!properties.empty()) units.push_back(FromProperties(properties));
    properties.clear();
  };
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty()) {
      finish();
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string::npos)
      return Unexpected(ErrorKind::kInvalid, "systemctl show: no property in '" + line + "'");
    properties[line.substr(0, equals)] = line.substr(equals + 1);
  }
  finish();
  for (const UnitState& unit : units) {
    if (unit.id.empty() || unit.load.empty() || unit.active.empty())
      return Unexpected(ErrorKind::kInvalid, "systemctl show: a unit without Id, LoadState or ActiveState");
  }
  return units;
}

Result<std::vector<UnitState>> Show(const std::vector<std::string>& units) {
  std::vector<UnitState> states;
  for (size_t start = 0; start < units.size(); start += kUnitsACall) {
    const std::vector<std::string> some(
        units.begin() + static_cast<ptrdiff_t>(start),
        units.begin() + static_cast<ptrdiff_t>(std::min(start + kUnitsACall, units.size())));
    const auto output = Systemctl(Command("show", {"--property=" + PropertyList()}, some), kShowLimit);
    if (!output) return Unexpected(output.error());
    if (output->status != 0) return Failed(*output, "systemctl show");
    auto shown = ParseShow(output->out);
    if (!shown) return shown;
    if (shown->size() != some.size())
      return Unexpected(ErrorKind::kInvalid, "systemctl show: " + std::to_string(shown->size()) +
                                                 " units, asked for " + std::to_string(some.size()));
    states.insert(states.end(), shown->begin(), shown->end());
  }
  return states;
}

Result<void> Ask(const std::string& verb, const std::vector<std::string>& units,
                 const std::vector<std::string>& options) {
  const auto output = Systemctl(Command(verb, options, units), kAskLimit);
  if (!output) return Unexpected(output.error());
  if (output->status == 0) return {};
  // The first line says what failed; what follows is where to read about it.
  const std::string first = output->err.substr(0, output->err.find('\n'));
  return Unexpected(
      ErrorKind::kUnavailable,
      "systemctl " + verb + ": " + (first.empty() ? "status " + std::to_string(output->status) : first));
}

Result<std::vector<UnitState>> WaitUntilSettled(const std::vector<std::string>& units,
                                                std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto states = Show(units);
    if (!states) return Unexpected(states.error());
    const uint64_t now_us = NowUs();
    const bool is_settled = std::all_of(states->begin(), states->end(),
                                        [now_us](const UnitState& unit) { return IsSettled(unit, now_us); });
    if (is_settled) return states;
    if (std::chrono::steady_clock::now() >= deadline) {
      for (UnitState& unit : *states) {
        if (unit.active == "active" && !IsSettled(unit, now_us)) unit.active = "activating";
      }
      return states;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace kedge::services
