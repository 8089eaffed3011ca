// Jobs, stacks and log lines as JSON, with the members that OCI's clients read (reference
// oci-resource-manager.md, D.2).
#pragma once

#include <nlohmann/json.hpp>

#include "oci/catalog.h"

namespace kedge::drydock::oci {

nlohmann::json JobObject(const Catalog& catalog, const Job& job);
// Without failureDetails, cancellationDetails and variables.
nlohmann::json JobSummary(const Catalog& catalog, const Job& job);
nlohmann::json StackObject(const Catalog& catalog, const Stack& stack);
// Without configSource and variables.
nlohmann::json StackSummary(const Catalog& catalog, const Stack& stack);

inline constexpr const char* kLogType = "TERRAFORM_CONSOLE";  // the only one that there is
nlohmann::json LogObject(const LogLine& line);
std::string LogText(const std::vector<LogLine>& log);

}  // namespace kedge::drydock::oci
