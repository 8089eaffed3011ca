#include "guards/services/manifest.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "guards/files/content.h"

namespace kedge::services {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::array<std::pair<Role, std::string_view>, 3> kRoles = {
    {{Role::kGuarded, "guarded"}, {Role::kDependent, "dependent"}, {Role::kPulledIn, "pulled-in"}}};

// Thrown by the readers below on malformed input; Decode catches.
struct Malformed {
  std::string what;
};

std::string_view RoleWord(Role role) {
  for (const auto& [known, word] : kRoles) {
    if (known == role) return word;
  }
  return "";
}

Role RoleFromWord(std::string_view word) {
  for (const auto& [role, known] : kRoles) {
    if (known == word) return role;
  }
  throw Malformed{"unknown role"};
}

Json FromRecorded(const Recorded& recorded) {
  const UnitState& unit = recorded.unit;
  return {{"role", RoleWord(recorded.role)},
          {"Id", unit.id},
          {"LoadState", unit.load},
          {"ActiveState", unit.active},
          {"SubState", unit.sub},
          {"UnitFileState", unit.file},
          {"FragmentPath", unit.fragment},
          {"DropInPaths", unit.drop_ins},
          {"InvocationID", unit.invocation},
          {"StateChangeTimestampMonotonic", unit.changed_us},
          {"NeedDaemonReload", unit.needs_daemon_reload}};
}

Recorded ToRecorded(const Json& json) {
  Recorded recorded;
  UnitState& unit = recorded.unit;
  recorded.role = RoleFromWord(json.at("role").get<std::string>());
  unit.id = json.at("Id").get<std::string>();
  unit.load = json.at("LoadState").get<std::string>();
  unit.active = json.at("ActiveState").get<std::string>();
  unit.sub = json.at("SubState").get<std::string>();
  unit.file = json.at("UnitFileState").get<std::string>();
  unit.fragment = json.at("FragmentPath").get<std::string>();
  unit.drop_ins = json.at("DropInPaths").get<std::vector<std::string>>();
  unit.invocation = json.at("InvocationID").get<std::string>();
  unit.changed_us = json.at("StateChangeTimestampMonotonic").get<uint64_t>();
  unit.needs_daemon_reload = json.at("NeedDaemonReload").get<bool>();
  return recorded;
}

Manifest FromJson(const Json& json) {
  if (json.at("kedge_services") != kVersion)
    throw Malformed{"version " + json.at("kedge_services").dump() + " is not known here, only " +
                    std::to_string(kVersion)};
  Manifest manifest;
  manifest.units = json.at("units").get<std::vector<std::string>>();
  manifest.files = json.at("files").get<std::vector<std::string>>();
  manifest.links = json.at("links").get<std::vector<std::string>>();
  manifest.folders = json.at("folders").get<std::vector<std::string>>();
  manifest.names = json.at("names").get<std::vector<std::string>>();
  for (const Json& recorded : json.at("recorded")) manifest.recorded.push_back(ToRecorded(recorded));
  return manifest;
}

}  // namespace

std::string Encode(const Manifest& manifest) {
  Json json = {{"kedge_services", kVersion}, {"units", manifest.units},     {"files", manifest.files},
               {"links", manifest.links},    {"folders", manifest.folders}, {"names", manifest.names},
               {"recorded", Json::array()}};
  for (const Recorded& recorded : manifest.recorded) json["recorded"].push_back(FromRecorded(recorded));
  // Names on disk are bytes, and what is no text is replaced: such a name is none of systemd's anyway.
  const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  return text + Json{{"sha256", files::HashText(text)}}.dump() + "\n";
}

Result<Manifest> Decode(std::string_view text) {
  const auto corrupt = [](const std::string& why) {
    return Unexpected(ErrorKind::kCorrupt, "the snapshot's manifest cannot be believed: " + why);
  };
  if (!text.ends_with('\n')) return corrupt("it is cut short");
  const size_t last_start = text.substr(0, text.size() - 1).rfind('\n');
  if (last_start == std::string_view::npos) return corrupt("it is cut short");
  const std::string body(text.substr(0, last_start + 1));
  try {
    if (Json::parse(text.substr(last_start + 1)).at("sha256") != files::HashText(body))
      return corrupt("its checksum is wrong");
    return FromJson(Json::parse(body));
  } catch (const Malformed& malformed) {
    return corrupt(malformed.what);
  } catch (const Json::exception& failure) {
    return corrupt(failure.what());
  }
}

std::vector<std::string> Ids(const Manifest& manifest) {
  std::vector<std::string> ids;
  for (const Recorded& recorded : manifest.recorded) ids.push_back(recorded.unit.id);
  return ids;
}

std::vector<std::string> Ids(const Manifest& manifest, Role role) {
  std::vector<std::string> ids;
  for (const Recorded& recorded : manifest.recorded) {
    if (recorded.role == role) ids.push_back(recorded.unit.id);
  }
  return ids;
}

}  // namespace kedge::services
