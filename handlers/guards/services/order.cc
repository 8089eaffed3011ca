#include "guards/services/order.h"

#include <algorithm>

namespace kedge::services {
namespace {

bool IsIn(const std::vector<std::string>& units, const std::string& unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

bool Names(const UnitState& unit, const char* relation, const std::string& other) {
  const auto named = unit.relations.find(relation);
  return named != unit.relations.end() && IsIn(named->second, other);
}

// Whether `unit` is started after one of `others`. A unit that is down may just have been loaded to be shown,
// and does not know of a socket, loaded after it, that it is behind: the socket does.
bool HasToWait(const UnitState& unit, const std::vector<std::string>& others,
               const std::vector<UnitState>& states) {
  return std::any_of(states.begin(), states.end(), [&](const UnitState& other) {
    return other.id != unit.id && IsIn(others, other.id) &&
           (Names(unit, "After", other.id) || Names(other, "Triggers", unit.id));
  });
}

}  // namespace

std::vector<std::string> InStartOrder(const std::vector<std::string>& units,
                                      const std::vector<UnitState>& states) {
  std::vector<std::string> rest;
  std::vector<std::string> unknown;
  const auto state_of = [&states](const std::string& unit) {
    return std::find_if(states.begin(), states.end(), [&unit](const UnitState& s) { return s.id == unit; });
  };
  for (const std::string& unit : units) (state_of(unit) == states.end() ? unknown : rest).push_back(unit);
  std::vector<std::string> ordered;
  while (!rest.empty()) {
    auto next = std::find_if(rest.begin(), rest.end(), [&](const std::string& unit) {
      return !HasToWait(*state_of(unit), rest, states);
    });
    if (next == rest.end()) next = rest.begin();  // a circle, which systemd breaks somewhere too
    ordered.push_back(*next);
    rest.erase(next);
  }
  ordered.insert(ordered.end(), unknown.begin(), unknown.end());
  return ordered;
}

}  // namespace kedge::services
