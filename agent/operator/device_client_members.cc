#include "operator/device_client_members.h"

#include <algorithm>
#include <array>

#include "operator/terminal.h"

namespace kedge::op {
namespace {

using nlohmann::json;

enum class Kind { kText, kFlag, kNumber, kList, kObject };

struct Member {
  const char* path;
  Kind kind;
};

constexpr std::array kMembers = {
    Member{"endpoint", Kind::kText},
    Member{"cert", Kind::kText},
    Member{"key", Kind::kText},
    Member{"root-ca", Kind::kText},
    Member{"thing-name", Kind::kText},
    Member{"clean-session", Kind::kFlag},
    Member{"logging", Kind::kObject},
    Member{"logging.level", Kind::kText},
    Member{"logging.type", Kind::kText},
    Member{"logging.file", Kind::kText},
    Member{"logging.enable-sdk-logging", Kind::kFlag},
    Member{"logging.sdk-log-level", Kind::kText},
    Member{"logging.sdk-log-file", Kind::kText},
    Member{"jobs", Kind::kObject},
    Member{"jobs.enabled", Kind::kFlag},
    Member{"jobs.handler-directory", Kind::kText},
    Member{"tunneling", Kind::kObject},
    Member{"tunneling.enabled", Kind::kFlag},
    Member{"tunneling.endpoint", Kind::kText},
    Member{"device-defender", Kind::kObject},
    Member{"device-defender.enabled", Kind::kFlag},
    Member{"device-defender.interval", Kind::kNumber},
    Member{"fleet-provisioning", Kind::kObject},
    Member{"fleet-provisioning.enabled", Kind::kFlag},
    Member{"fleet-provisioning.template-name", Kind::kText},
    Member{"fleet-provisioning.template-parameters", Kind::kText},
    Member{"fleet-provisioning.csr-file", Kind::kText},
    Member{"fleet-provisioning.device-key", Kind::kText},
    Member{"runtime-config", Kind::kObject},
    Member{"runtime-config.completed-fp", Kind::kFlag},
    Member{"runtime-config.cert", Kind::kText},
    Member{"runtime-config.key", Kind::kText},
    Member{"runtime-config.thing-name", Kind::kText},
    Member{"runtime-config.device-config", Kind::kText},
    Member{"samples", Kind::kObject},
    Member{"samples.pub-sub", Kind::kObject},
    Member{"samples.pub-sub.enabled", Kind::kFlag},
    Member{"samples.pub-sub.publish-topic", Kind::kText},
    Member{"samples.pub-sub.publish-file", Kind::kText},
    Member{"samples.pub-sub.publish-on-change", Kind::kFlag},
    Member{"samples.pub-sub.subscribe-topic", Kind::kText},
    Member{"samples.pub-sub.subscribe-file", Kind::kText},
    Member{"config-shadow", Kind::kObject},
    Member{"config-shadow.enabled", Kind::kFlag},
    Member{"sample-shadow", Kind::kObject},
    Member{"sample-shadow.enabled", Kind::kFlag},
    Member{"sample-shadow.shadow-name", Kind::kText},
    Member{"sample-shadow.shadow-input-file", Kind::kText},
    Member{"sample-shadow.shadow-output-file", Kind::kText},
    Member{"secure-element", Kind::kObject},
    Member{"secure-element.enabled", Kind::kFlag},
    Member{"secure-element.pkcs11-lib", Kind::kText},
    Member{"secure-element.secure-element-pin", Kind::kText},
    Member{"secure-element.secure-element-key-label", Kind::kText},
    Member{"secure-element.secure-element-slot-id", Kind::kNumber},
    Member{"secure-element.secure-element-token-label", Kind::kText},
    Member{"sensor-publish", Kind::kObject},
    Member{"sensor-publish.sensors", Kind::kList},
};

struct Feature {
  const char* path;    // of the flag that switches it on
  bool is_on;          // when nothing is said
  const char* phrase;  // why there is none, and what instead
};

constexpr char kBeside[] =
    "For these, keep the Device Client beside Kedge, with \"jobs\": {\"enabled\": false}. Two connections "
    "with "
    "one client id throw each other out: give Kedge a `broker.client_id` of its own, and allow that in the "
    "policy, with the thing's name written out";

constexpr std::array kFeatures = {
    Feature{"tunneling.enabled", true, "Kedge opens no tunnels"},
    Feature{"device-defender.enabled", false, "Kedge sends no Device Defender metrics"},
    Feature{"samples.pub-sub.enabled", false, "Kedge publishes nothing but the state of jobs"},
    Feature{"sample-shadow.enabled", false, "Kedge keeps no shadow from a file"},
    Feature{"config-shadow.enabled", false, "Kedge is not configured by a shadow; its file is kedge.yaml"},
};

bool IsOf(const json& value, Kind kind) {
  switch (kind) {
    case Kind::kText:
      return value.is_string();
    case Kind::kFlag:
      return value.is_boolean();
    case Kind::kNumber:
      return value.is_number_integer();
    case Kind::kList:
      return value.is_array();
    case Kind::kObject:
      return value.is_object();
  }
  return false;
}

const char* WhatIsExpected(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a string";
    case Kind::kFlag:
      return "true or false";
    case Kind::kNumber:
      return "a whole number";
    case Kind::kList:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string AboutUnknown(const std::string& path) {
  const std::string name = path.substr(path.rfind('.') + 1);
  if (name.starts_with("http-proxy"))
    return "belongs in the proxy's own file, and Kedge uses no proxy: port 443 (broker.port) passes most "
           "firewalls";
  for (const Member& member : kMembers) {
    if (Lower(path) == member.path) return "the Device Client spells it '" + std::string(member.path) + "'";
  }
  return "unknown to the Device Client; ignored";
}

void CheckObject(const json& object, const std::string& prefix, std::vector<std::string>& problems,
                 std::vector<std::string>& unknown) {
  for (const auto& [name, value] : object.items()) {
    const std::string path = prefix + name;
    const auto* const member = std::find_if(kMembers.begin(), kMembers.end(),
                                            [&path](const Member& known) { return path == known.path; });
    if (member == kMembers.end()) {
      if (!name.starts_with("_")) unknown.push_back(SafeLine(path) + ": " + AboutUnknown(path));
    } else if (!value.is_null() && !IsOf(value, member->kind)) {
      problems.push_back(path + ": expected " + WhatIsExpected(member->kind) + ", not " +
                         SafeLine(value.dump(-1, ' ', false, json::error_handler_t::replace)).substr(0, 60));
    } else if (value.is_object()) {
      CheckObject(value, path + ".", problems, unknown);
    }
  }
}

}  // namespace

json ValueAt(const json& config, const std::string& path) {
  json value = config;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('.', start), path.size());
    const auto found = value.find(path.substr(start, end - start));
    if (!value.is_object() || found == value.end()) return nullptr;
    value = json(*found);
    start = end + 1;
  }
  return value;
}

std::string TextAt(const json& config, const std::string& path) {
  const json value = ValueAt(config, path);
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  return text.starts_with("<replace") ? "" : text;
}

bool FlagAt(const json& config, const std::string& path, bool otherwise) {
  const json value = ValueAt(config, path);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

void CheckMembers(const json& config, std::vector<std::string>& problems, std::vector<std::string>& unknown) {
  CheckObject(config, "", problems, unknown);
}

std::vector<std::string> FeaturesWithoutEquivalent(const json& config) {
  std::vector<std::string> notes;
  for (const Feature& feature : kFeatures) {
    if (!FlagAt(config, feature.path, feature.is_on)) continue;
    const bool is_said = !ValueAt(config, feature.path).is_null();
    notes.push_back(std::string(feature.path) + (is_said ? ": " : " (on by default): ") + feature.phrase);
  }
  const json sensors = ValueAt(config, "sensor-publish.sensors");
  const bool any = sensors.is_array() && std::any_of(sensors.begin(), sensors.end(), [](const json& sensor) {
                     return FlagAt(sensor, "enabled", false);
                   });
  if (any) notes.push_back("sensor-publish.sensors: Kedge publishes nothing but the state of jobs");
  if (!notes.empty()) notes.emplace_back(kBeside);
  return notes;
}

}  // namespace kedge::op
