#include "doctor/facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kedge::doctor {
namespace {

using nlohmann::json;

const json& Member(const json& object, const char* name) {
  static const json kNone;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : kNone;
}
std::string Text(const json& object, const char* name) {
  const json& member = Member(object, name);
  return member.is_string() ? member.get<std::string>() : "";
}

}  // namespace

std::optional<AgentWord> ReadStatus(const std::string& text) {
  const json status = json::parse(text, nullptr, false);
  if (!status.is_object()) return std::nullopt;
  const json& execution = Member(status, "execution");
  AgentWord word{.thing = Text(status, "thing"),
                 .version = Text(Member(status, "agent"), "version"),
                 .state = Text(status, "state"),
                 .link = Text(status, "link"),
                 .job = Text(execution, "jobId"),
                 .survivor = Text(Member(execution, "step"), "waitsFor"),
                 .recovering = Member(status, "recovering") == true,
                 .quarantine = {},
                 .notes = {}};
  if (const json& quarantine = Member(status, "quarantine"); quarantine.is_object()) {
    word.quarantine = AgentWord::Quarantine{Text(quarantine, "since"), Text(quarantine, "reason"),
                                            quarantine.contains("stranded")};
  }
  const json& notes = Member(status, "notes");
  for (const json& note : notes.is_array() ? notes : json::array()) {
    if (note.is_string()) word.notes.push_back(note.get<std::string>());
  }
  return word;
}

void Facts::Add(const Facts& more) {
  has_credentials = has_credentials || more.has_credentials;
  if (obstacle.empty()) obstacle = more.obstacle;
  valid_from = std::max(valid_from, more.valid_from);
  newest = std::max(newest, more.newest);
}

}  // namespace kedge::doctor
