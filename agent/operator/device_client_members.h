// The members of a Device Client's configuration, as its source/config reads them: names, types, and what is
// to be said about those that Kedge has no equivalent for. Private to import_config.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kedge::op {

// A value of the configuration by its dotted path ("jobs.enabled"); null where there is none. An empty text,
// and what the template tells to replace, count as none: the Device Client ignores the one, and nobody can
// have meant the other.
nlohmann::json ValueAt(const nlohmann::json& config, const std::string& path);
std::string TextAt(const nlohmann::json& config, const std::string& path);
bool FlagAt(const nlohmann::json& config, const std::string& path, bool otherwise);

// Every member of a wrong type goes to `problems`, every unknown one to `unknown`, as dotted paths with what
// is to be said about them.
void CheckMembers(const nlohmann::json& config, std::vector<std::string>& problems,
                  std::vector<std::string>& unknown);

// What the configuration switches on, or leaves on, and Kedge does not do: "MEMBER: why", and last what to do
// instead.
std::vector<std::string> FeaturesWithoutEquivalent(const nlohmann::json& config);

}  // namespace kedge::op
