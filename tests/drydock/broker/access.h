// Who may say what at the broker, in the form of mosquitto's dynamic security plugin (2.0.11): the JSON file
// that it reads at its start, and the commands that change it while it runs. PURE.
//
// What is not allowed here is refused at SUBSCRIBE and at PUBLISH. Three kinds of client, told apart by the
// common name of their certificate: each thing may use its own Jobs topics and nothing else, as AWS's
// least-privilege policy has it (reference aws-iot-jobs.md, 8.4); `drydock` is the service; `admin` may
// change the plugin's rules.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kedge::drydock {

inline constexpr const char* kServiceName = "drydock";
inline constexpr const char* kAdminName = "admin";

// The plugin's file before anybody is in it: what is not allowed by a role is refused.
nlohmann::json NobodysAccess();

// Whether this can be the plugin's file.
bool IsAccess(const nlohmann::json& access);

// The plugin's commands (createRole, addRoleACL, createClient, addClientRole) that add what `access` lacks
// for the service, the admin and these things. What else is in there stays, a rule that denies too.
std::vector<nlohmann::json> MissingAccess(const nlohmann::json& access,
                                          const std::vector<std::string>& things);

// Does to the file's content what the plugin would do on that command; only for those of MissingAccess.
void CarryOut(const nlohmann::json& command, nlohmann::json& access);

}  // namespace kedge::drydock
