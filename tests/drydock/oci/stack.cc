#include "oci/stack.h"

#include <algorithm>
#include <cctype>

#include "rules.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

constexpr const char* kDocument = "document";
constexpr const char* kNoOperation =
    R"({"version":"1.0","steps":[{"action":{"name":"nothing","type":"runCommand","input":{"command":"true"}}}]})";

std::string TextOf(const json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : found->get<std::string>();
}

}  // namespace

std::string Stack::Thing() const {
  const std::string thing = TextOf(variables, "thing");
  return thing.empty() ? TextOf(freeform_tags, "thing") : thing;
}

std::string Stack::Document(const std::string& operation) const {
  std::string name = std::string(kDocument) + "_" + operation;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string& place : {name, std::string(kDocument)}) {
    if (variables.contains(place)) return TextOf(variables, place);
  }
  return kNoOperation;
}

std::string Stack::Problem() const {
  const std::string thing = Thing();
  if (thing.empty()) {
    return "the stack names no thing: set variables.thing or freeformTags.thing to a thing's name";
  }
  if (!IsThingName(thing)) return "'" + thing + "' is not a thing's name: [a-zA-Z0-9:_-]{1,128}";
  for (const auto& [name, text] : variables.items()) {
    if (!name.starts_with(kDocument)) continue;
    const json document = json::parse(text.get_ref<const std::string&>(), nullptr, false);
    if (!document.is_object())
      return "variables." + name + " is not a job document: a JSON object is expected";
  }
  return "";
}

json Keep(const Stack& stack) {
  return {{"compartment", stack.compartment},
          {"displayName", stack.display_name},
          {"description", stack.description},
          {"configSourceType", stack.config_source_type},
          {"workingDirectory", stack.working_directory},
          {"terraformVersion", stack.terraform_version},
          {"variables", stack.variables},
          {"freeformTags", stack.freeform_tags},
          {"definedTags", stack.defined_tags},
          {"retryToken", stack.retry_token},
          {"created", stack.created.time_since_epoch().count()},
          {"version", stack.version},
          {"deleted", stack.deleted}};
}

Stack KeptStack(const std::string& id, const json& kept) {
  Stack stack;
  stack.id = id;
  kept.at("compartment").get_to(stack.compartment);
  kept.at("displayName").get_to(stack.display_name);
  kept.at("description").get_to(stack.description);
  kept.at("configSourceType").get_to(stack.config_source_type);
  kept.at("workingDirectory").get_to(stack.working_directory);
  kept.at("terraformVersion").get_to(stack.terraform_version);
  stack.variables = kept.at("variables");
  stack.freeform_tags = kept.at("freeformTags");
  stack.defined_tags = kept.at("definedTags");
  kept.at("retryToken").get_to(stack.retry_token);
  stack.created = Instant(std::chrono::milliseconds(kept.at("created").get<int64_t>()));
  kept.at("version").get_to(stack.version);
  kept.at("deleted").get_to(stack.deleted);
  return stack;
}

}  // namespace kedge::drydock::oci
