#include "guards/services/names.h"

#include <algorithm>
#include <array>

namespace kedge::services {
namespace {

constexpr size_t kLongestName = 255;  // systemd's own limit
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.-\\@";
constexpr std::string_view kSpace = " \t\r\n\v\f";
constexpr std::array<std::string_view, 8> kTypes = {"service",   "socket", "timer", "path",
                                                    "automount", "mount",  "swap",  "target"};
// Known to systemd, but nobody starts and stops these by name.
constexpr std::array<std::string_view, 3> kOtherTypes = {"device", "scope", "slice"};

template <typename Types>
bool IsOneOf(const Types& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::string Shown(std::string_view name) {
  std::string shown;
  for (const char c : name.substr(0, kLongestName)) shown += c >= ' ' && c != '\x7f' ? c : '?';
  return shown;
}

Result<std::string> ReadUnit(std::string_view name) {
  const auto refuse = [&name](const std::string& why) {
    return Unexpected(ErrorKind::kInvalid, "'" + Shown(name) + "': " + why);
  };
  if (name.front() == '-') return refuse("a unit's name does not begin with '-'");
  if (name.find('/') != std::string_view::npos) return refuse("a unit's name is expected, not a path");
  if (name.find_first_not_of(kLetters) != std::string_view::npos)
    return refuse("no unit's name: only letters, digits and : _ . - \\ @ are in one, and no patterns");
  std::string unit(name);
  if (const std::string_view type = TypeOf(name); !IsOneOf(kTypes, type)) {
    if (IsOneOf(kOtherTypes, type))
      return refuse("a " + std::string(type) + " is not started or stopped by its name");
    unit += ".service";
  }
  if (unit.size() > kLongestName) return refuse("longer than a unit's name may be");
  if (unit.front() == '.' || unit.front() == '@')
    return refuse("no unit's name: nothing stands before its type");
  if (TemplateOf(unit) == unit) return refuse("a template: name an instance of it");
  return unit;
}

}  // namespace

std::string_view TypeOf(std::string_view unit) {
  const size_t dot = unit.rfind('.');
  return dot == std::string_view::npos ? "" : unit.substr(dot + 1);
}

std::string TemplateOf(std::string_view unit) {
  const size_t at = unit.find('@');
  const size_t dot = unit.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return "";
  return std::string(unit.substr(0, at + 1)) + std::string(unit.substr(dot));
}

bool IsOwnUnit(std::string_view unit) {
  return unit.starts_with("kedged") || unit.starts_with("kedge-") || unit == "dbus-org.kedge.Agent1.service";
}

Result<std::vector<std::string>> ReadUnits(const std::vector<std::string>& items) {
  std::vector<std::string> units;
  for (const std::string_view item : items) {
    for (size_t start = item.find_first_not_of(kSpace); start != std::string_view::npos;) {
      const size_t end = std::min(item.find_first_of(kSpace, start), item.size());
      auto unit = ReadUnit(item.substr(start, end - start));
      if (!unit) return Unexpected(unit.error());
      if (std::find(units.begin(), units.end(), *unit) == units.end()) units.push_back(*std::move(unit));
      start = item.find_first_not_of(kSpace, end);
    }
  }
  if (units.empty()) return Unexpected(ErrorKind::kInvalid, "no unit is named");
  return units;
}

}  // namespace kedge::services
