#include "guards/services/around.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "guards/services/names.h"

namespace kedge::services {
namespace {

const std::vector<std::string> kStopWithIt = {"RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf",
                                              "PropagatesStopTo"};
const std::vector<std::string> kStartWithIt = {"Requires", "BindsTo", "Wants", "Upholds"};
const std::vector<std::string> kStopForIt = {"Conflicts", "ConflictedBy"};

bool IsLeftOut(const std::string& name) {
  const std::string_view type = TypeOf(name);
  return type == "device" || type == "scope" || type == "slice";
}

class Search {
 public:
  explicit Search(const std::vector<UnitState>& units) {
    for (const UnitState& unit : units) {
      seen_.insert(unit.id);
      seen_.insert(unit.names.begin(), unit.names.end());
    }
  }

  // The units that `from` leads to by `relations` and that are `wanted`. One that is not is asked about again
  // in the next search, which may want it.
  Result<std::vector<UnitState>> Next(const std::vector<UnitState>& from,
                                      const std::vector<std::string>& relations,
                                      const std::function<bool(const UnitState&)>& wanted) {
    std::set<std::string> names;
    for (const UnitState& unit : from) {
      for (const std::string& relation : relations) {
        const auto found = unit.relations.find(relation);
        if (found == unit.relations.end()) continue;
        for (const std::string& name : found->second) {
          if (!IsLeftOut(name) && !seen_.contains(name)) names.insert(name);
        }
      }
    }
    if (names.empty()) return std::vector<UnitState>{};
    auto states = Show({names.begin(), names.end()});
    if (!states) return states;
    std::vector<UnitState> found;
    for (UnitState& unit : *states) {
      if (!wanted(unit) || !seen_.insert(unit.id).second) continue;
      seen_.insert(unit.names.begin(), unit.names.end());
      found.push_back(std::move(unit));
    }
    return found;
  }

  Result<std::vector<UnitState>> All(std::vector<UnitState> from, const std::vector<std::string>& relations,
                                     const std::function<bool(const UnitState&)>& wanted) {
    std::vector<UnitState> all;
    while (!from.empty()) {
      auto next = Next(from, relations, wanted);
      if (!next) return next;
      all.insert(all.end(), next->begin(), next->end());
      from = *std::move(next);
    }
    return all;
  }

 private:
  std::set<std::string> seen_;
};

std::vector<UnitState> Both(std::vector<UnitState> one, const std::vector<UnitState>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

}  // namespace

Result<std::vector<Recorded>> LookAround(const std::vector<UnitState>& units) {
  const auto is_down = [](const UnitState& unit) { return !IsUp(unit) && unit.load == "loaded"; };
  Search search(units);
  const auto pulled_in = search.All(units, kStartWithIt, is_down);
  if (!pulled_in) return Unexpected(pulled_in.error());
  const auto rivals = search.Next(Both(units, *pulled_in), kStopForIt, IsUp);
  if (!rivals) return Unexpected(rivals.error());
  const auto dependents = search.All(Both(units, *rivals), kStopWithIt, IsUp);
  if (!dependents) return Unexpected(dependents.error());

  std::vector<Recorded> around;
  for (const UnitState& unit : Both(*rivals, *dependents)) {
    if (IsOwnUnit(unit.id))
      return Unexpected(ErrorKind::kDenied,
                        unit.id + " would be stopped with it, and with it whoever could undo that");
    around.push_back({Role::kDependent, unit});
  }
  for (const UnitState& unit : *pulled_in) {
    if (!IsOwnUnit(unit.id)) around.push_back({Role::kPulledIn, unit});
  }
  return around;
}

}  // namespace kedge::services
