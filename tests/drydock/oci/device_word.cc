#include "oci/device_word.h"

#include <nlohmann/json.hpp>

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

constexpr std::string_view kPrefix = "kedge/things/";

std::string TextIn(const json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const json& ObjectIn(const json& object, const char* name) {
  static const json kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

DeviceReport ReadReport(std::string thing, const json& message) {
  const json& last = ObjectIn(message, "last");
  const json& quarantine = ObjectIn(message, "quarantine");
  return {.thing = std::move(thing),
          .job = TextIn(message, "job"),
          .last = TextIn(last, "jobId"),
          .verdict = TextIn(last, "verdict"),
          .quarantined_by = TextIn(quarantine, "jobId"),
          .quarantine_reason = TextIn(quarantine, "reason")};
}

}  // namespace

std::string CancelTopic(const std::string& thing) { return std::string(kPrefix) + thing + "/cancel"; }

std::optional<DeviceWord> ReadDeviceWord(std::string_view topic, std::string_view payload) {
  if (!topic.starts_with(kPrefix)) return std::nullopt;
  topic.remove_prefix(kPrefix.size());
  const auto slash = topic.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string thing(topic.substr(0, slash));
  const std::string_view subject = topic.substr(slash + 1);
  const bool accepted = subject == "cancel/accepted";
  if (subject != "state" && !accepted && subject != "cancel/rejected") return std::nullopt;
  const json message = json::parse(payload, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  if (subject == "state") return ReadReport(std::move(thing), message);
  return CancelReply{.thing = std::move(thing),
                     .accepted = accepted,
                     .client_token = TextIn(message, "clientToken"),
                     .message = TextIn(message, "message")};
}

}  // namespace kedge::drydock::oci
