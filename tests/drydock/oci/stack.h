// A stack of OCI Resource Manager: here it names a thing, and what a job does there.
//
//   thing      variables.thing, else freeformTags.thing
//   document   the job document for an operation: variables.document_apply, …_destroy, …_plan, … if there is
//              one, else variables.document, else one that runs `true`
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "instant.h"

namespace kedge::drydock::oci {

struct Stack {
  std::string id;  // the last part of its OCID
  std::string compartment;
  std::string display_name;
  std::string description;
  std::string config_source_type;
  std::string working_directory;
  std::string terraform_version;
  nlohmann::json variables = nlohmann::json::object();  // text by name
  nlohmann::json freeform_tags = nlohmann::json::object();
  nlohmann::json defined_tags = nlohmann::json::object();
  std::string retry_token;
  Instant created;
  int64_t version = 1;
  bool deleted = false;  // still shown, as DELETED, but nothing can be done with it

  std::string Etag() const { return id + "-" + std::to_string(version); }
  std::string_view State() const { return deleted ? "DELETED" : "ACTIVE"; }
  std::string Thing() const;  // empty: it names none
  std::string Document(const std::string& operation) const;
  // What is wrong with its thing or its documents; empty: nothing.
  std::string Problem() const;
};

// For the store. Reading one that Keep() did not write throws nlohmann::json::exception.
nlohmann::json Keep(const Stack& stack);
Stack KeptStack(const std::string& id, const nlohmann::json& kept);

}  // namespace kedge::drydock::oci
