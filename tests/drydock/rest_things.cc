// Things: `aws iot create-thing` and its like.

#include <array>

#include "rest_control.h"
#include "rest_objects.h"
#include "rules.h"

namespace kedge::drydock::rest {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxAttributes = 50;
constexpr const char* kNameRule = "[a-zA-Z0-9_.,@/:#-]{1,128}";
constexpr const char* kValueRule = "[a-zA-Z0-9_.,@/:#-]{0,800}";

// Does the thing have the attribute that the list is asked for?
bool Wanted(const json& attributes, const std::optional<std::string>& name,
            const std::optional<std::string>& value, bool prefix) {
  if (!name) return true;
  const auto found = attributes.find(*name);
  if (found == attributes.end()) return false;
  if (!value) return true;
  const auto& text = found->get_ref<const std::string&>();
  return prefix ? text.starts_with(*value) : text == *value;
}

}  // namespace

void CheckAttributes(Members& members) {
  members.Object("attributePayload", [](Members& payload) {
    payload.Flag("merge", false);
    const auto attributes = payload.Texts("attributes").value_or(std::map<std::string, std::string>());
    if (attributes.size() > kMaxAttributes) payload.Refuse("attributes has more than 50 entries");
    for (const auto& [name, value] : attributes) {
      if (!IsAttributeName(name)) payload.Refuse("attributes name '" + name + "' must match " + kNameRule);
      if (!IsAttributeValue(value))
        payload.Refuse("attributes value of '" + name + "' must match " + kValueRule);
    }
  });
}

std::optional<Refusal> WrongVersion(const Control& control) {
  const auto expected = control.query.Integer("expectedVersion", 0, Members::kMost);
  if (const auto problem = control.Problem()) return problem;
  if (!expected || *expected == kVersion) return std::nullopt;
  return Refusal{.code = RefusalCode::kVersionMismatch,
                 .message = "Expected version " + std::to_string(*expected) + " but found version " +
                            std::to_string(kVersion)};
}

RestAnswer CreateThing(const Control& control) {
  constexpr std::array kNotHere = {"thingTypeName", "billingGroupName"};
  for (const char* name : kNotHere) control.body.Word(name, IsThingName, kThingNameRule);
  CheckAttributes(control.body);
  if (const auto problem = control.Problem()) return *problem;
  for (const char* name : kNotHere) {
    if (control.body.Has(name)) {
      return NotFound(std::string(name) + " names nothing: drydock has no thing types and billing groups");
    }
  }
  json settings = json::object();
  if (control.body.Has("attributePayload")) {
    settings["attributePayload"] = control.call.body["attributePayload"];
  }
  const auto thing = control.plane.CreateThing(control.Segment(1), settings);
  if (!thing) return thing.refusal();
  return ThingObject(**thing, control.account());
}

RestAnswer DescribeThing(const Control& control) {
  const auto thing = control.plane.DescribeThing(control.Segment(1));
  if (!thing) return thing.refusal();
  return ThingDescription(**thing, control.account());
}

RestAnswer DeleteThing(const Control& control) {
  const auto wrong = WrongVersion(control);
  if (wrong && control.plane.DescribeThing(control.Segment(1))) return *wrong;
  if (const auto problem = control.Problem()) return *problem;
  return Nothing(control.plane.DeleteThing(control.Segment(1), control.call.now));
}

RestAnswer ListThings(const Control& control) {
  const auto name = control.query.Word("attributeName", IsAttributeName, kNameRule);
  const auto value = control.query.Word("attributeValue", IsAttributeValue, kValueRule);
  const bool prefix = control.query.Flag("usePrefixAttributeValue", false);
  const auto type = control.query.Word("thingTypeName", IsThingName, kThingNameRule);
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  std::vector<Entry> entries;
  for (const Thing* thing : control.plane.Things()) {
    const json summary = ThingSummary(*thing, control.account());
    if (!type && Wanted(summary["attributes"], name, value, prefix))
      entries.push_back({thing->name, summary});
  }
  return Page(*page, "things", std::move(entries));
}

}  // namespace kedge::drydock::rest
