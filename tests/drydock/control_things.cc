// The operator's things and groups.

#include "control_plane.h"
#include "rules.h"

namespace kedge::drydock {

Outcome<Thing*> ControlPlane::FindThing(const std::string& name) const {
  if (!IsThingName(name)) return InvalidRequest("thingName must match [a-zA-Z0-9:_-]{1,128}");
  Thing* thing = ledger_.FindThing(name);
  if (thing == nullptr) return NotFound("thing '" + name + "' does not exist");
  return thing;
}

Outcome<Group*> ControlPlane::FindGroup(const std::string& name) const {
  if (!IsThingName(name)) return InvalidRequest("thingGroupName must match [a-zA-Z0-9:_-]{1,128}");
  Group* group = ledger_.FindGroup(name);
  if (group == nullptr) return NotFound("thing group '" + name + "' does not exist");
  return group;
}

Outcome<const Thing*> ControlPlane::CreateThing(const std::string& name, const nlohmann::json& settings) {
  const auto found = FindThing(name);
  if (!found) {
    if (found.refusal().code != RefusalCode::kResourceNotFound) return found.refusal();
    return &ledger_.AddThing(name, settings);
  }
  if ((*found)->settings == settings) return static_cast<const Thing*>(*found);
  return Refusal{.code = RefusalCode::kResourceAlreadyExists,
                 .message = "thing '" + name + "' already exists with other settings",
                 .resource_id = name,
                 .resource_arn = account_.Arn("thing", name)};
}

Outcome<const Thing*> ControlPlane::DescribeThing(const std::string& name) const {
  const auto thing = FindThing(name);
  if (!thing) return thing.refusal();
  return static_cast<const Thing*>(*thing);
}

std::vector<const Thing*> ControlPlane::Things() const {
  std::vector<const Thing*> things;
  for (const auto& [name, thing] : ledger_.things()) things.push_back(&thing);
  return things;
}

Outcome<Done> ControlPlane::DeleteThing(const std::string& name, Instant now) {
  if (!IsThingName(name)) return InvalidRequest("thingName must match [a-zA-Z0-9:_-]{1,128}");
  if (ledger_.FindThing(name) != nullptr) ledger_.EraseThing(name, now);  // AWS: also when it is not there
  return Done{};
}

Outcome<const Group*> ControlPlane::CreateGroup(const std::string& name, const nlohmann::json& settings) {
  const auto found = FindGroup(name);
  if (!found) {
    if (found.refusal().code != RefusalCode::kResourceNotFound) return found.refusal();
    return &ledger_.AddGroup(name, settings);
  }
  if ((*found)->settings == settings) return static_cast<const Group*>(*found);
  return Refusal{.code = RefusalCode::kResourceAlreadyExists,
                 .message = "thing group '" + name + "' already exists with other settings",
                 .resource_id = name,
                 .resource_arn = account_.Arn("thinggroup", name)};
}

Outcome<const Group*> ControlPlane::DescribeGroup(const std::string& name) const {
  const auto group = FindGroup(name);
  if (!group) return group.refusal();
  return static_cast<const Group*>(*group);
}

std::vector<const Group*> ControlPlane::Groups() const {
  std::vector<const Group*> groups;
  for (const auto& [name, group] : ledger_.groups()) groups.push_back(&group);
  return groups;
}

Outcome<Done> ControlPlane::DeleteGroup(const std::string& name, Instant now) {
  if (!IsThingName(name)) return InvalidRequest("thingGroupName must match [a-zA-Z0-9:_-]{1,128}");
  if (ledger_.FindGroup(name) != nullptr) ledger_.EraseGroup(name, now);  // AWS: also when it is not there
  return Done{};
}

Outcome<Done> ControlPlane::AddToGroup(const std::string& group_name, const std::string& thing_name,
                                       Instant now) {
  const auto group = FindGroup(group_name);
  if (!group) return group.refusal();
  const auto thing = FindThing(thing_name);
  if (!thing) return thing.refusal();
  ledger_.Join(**group, **thing, now);
  return Done{};
}

Outcome<Done> ControlPlane::RemoveFromGroup(const std::string& group_name, const std::string& thing_name,
                                            Instant now) {
  const auto group = FindGroup(group_name);
  if (!group) return group.refusal();
  const auto thing = FindThing(thing_name);
  if (!thing) return thing.refusal();
  ledger_.Leave(**group, **thing, now);
  return Done{};
}

}  // namespace kedge::drydock
