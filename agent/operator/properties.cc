#include "operator/properties.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "operator/times.h"

namespace kedge::op {
namespace {

using Json = nlohmann::json;

const Json& Member(const Json& group, const char* name) {
  static const Json none;
  if (!group.is_object()) return none;
  const auto found = group.find(name);
  return found == group.end() ? none : *found;
}

std::string Text(const Json& group, const char* name) {
  const Json& text = Member(group, name);
  return text.is_string() ? text.get<std::string>() : "";
}
bool Flag(const Json& group, const char* name) {
  const Json& flag = Member(group, name);
  return flag.is_boolean() && flag.get<bool>();
}
int64_t Number(const Json& group, const char* name) {
  const Json& number = Member(group, name);
  return number.is_number_integer() ? number.get<int64_t>() : 0;
}
uint32_t Count(const Json& group, const char* name) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::clamp<int64_t>(Number(group, name), 0, kMost));
}
uint64_t Micros(const Json& group, const char* name) {
  return static_cast<uint64_t>(std::max<int64_t>(0, WallOf(Text(group, name)))) * 1000;
}

// A handler tells it as text.
int32_t Percent(const std::string& text) {
  int32_t percent = -1;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, percent);
  return read.ec == std::errc() && read.ptr == end && percent >= 0 && percent <= 100 ? percent : -1;
}

void ReadExecution(const Json& execution, Properties* properties) {
  properties->job = Text(execution, "jobId");
  properties->execution_number = Number(execution, "executionNumber");
  properties->phase = Text(execution, "phase");
  const Json& step = Member(execution, "step");
  properties->step = Count(step, "number");
  properties->step_count = Count(step, "of");
  properties->step_name = Text(step, "name");
  properties->task = Text(step, "task");
  properties->step_timestamp = Micros(step, "since");
  const Json& told = Member(step, "told");
  properties->step_detail = Text(told, "step");
  properties->progress = Percent(Text(told, "progress"));
  properties->can_cancel = Flag(Member(execution, "cancel"), "possible");
  properties->cause = Text(Member(execution, "cause"), "text");
  properties->verdict = Text(execution, "verdict");
}

void ReadLast(const Json& last, Properties* properties) {
  properties->last_job = Text(last, "jobId");
  properties->last_execution_number = Number(last, "executionNumber");
  properties->last_status = Text(last, "status");
  properties->last_verdict = Text(last, "verdict");
  properties->last_text = Text(last, "text");
  properties->last_timestamp = Micros(last, "closedAt");
}

void ReadQuarantine(const Json& quarantine, Properties* properties) {
  properties->quarantined = quarantine.is_object();
  properties->quarantine_reason = Text(quarantine, "reason");
  properties->quarantine_job = Text(quarantine, "jobId");
  properties->quarantine_timestamp = Micros(quarantine, "since");
  const Json& stranded = Member(quarantine, "stranded");
  if (stranded.is_array()) properties->stranded = static_cast<uint32_t>(stranded.size());
}

}  // namespace

Properties PropertiesOf(std::string_view status_json) {
  const Json status = Json::parse(status_json, nullptr, false);
  Properties properties;
  properties.state = Text(status, "state");
  properties.link = Text(status, "link");
  properties.recovering = Flag(status, "recovering");
  ReadExecution(Member(status, "execution"), &properties);
  ReadLast(Member(status, "last"), &properties);
  ReadQuarantine(Member(status, "quarantine"), &properties);
  if (const Json& notes = Member(status, "notes"); notes.is_array()) {
    for (const Json& note : notes) {
      if (note.is_string()) properties.notes.push_back(note.get<std::string>());
    }
  }
  return properties;
}

}  // namespace kedge::op
