#include "report/findings.h"

#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace kedge::report {
namespace {

using Json = nlohmann::json;

// Ours, but the journal's file may have been in other hands: shallow, or nothing.
Json DetailOf(const HistoryEntry& entry) {
  constexpr JsonLimits kLimits{.bytes = size_t{16} << 20U, .depth = 16};
  if (entry.detail.empty()) return {};
  auto detail = ParseJson(entry.detail, kLimits);
  return detail && detail->is_object() ? std::move(*detail) : Json();
}

Json Member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? Json() : *found;
}

std::vector<std::string> Texts(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& item : list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace

Difference ReadDifference(const std::string& sentence) {
  const size_t colon = sentence.find(": ");
  const size_t was = sentence.rfind(", was ");
  if (colon == std::string::npos || was == std::string::npos || was < colon) return {sentence, "", "", ""};
  const std::string now = sentence.substr(colon + 2, was - colon - 2);
  const std::string recorded = sentence.substr(was + 6);
  for (const char* verb : {"is ", "leads to "}) {
    if (now.starts_with(verb))
      return {sentence.substr(0, colon), "", recorded, now.substr(std::string(verb).size())};
  }
  const size_t is = now.find(" is ");
  if (is == std::string::npos) return {sentence, "", "", ""};
  return {sentence.substr(0, colon), now.substr(0, is), recorded, now.substr(is + 4)};
}

Findings FindingsIn(const std::vector<HistoryEntry>& entries) {
  Json grounds;
  for (const HistoryEntry& entry : entries) {
    if (entry.kind == "verdict") grounds = DetailOf(entry);
  }
  Findings findings;
  for (const std::string& sentence : Texts(Member(grounds, "differences"))) {
    findings.differences.push_back(ReadDifference(sentence));
  }
  findings.no_way_back = Texts(Member(grounds, "noWayBack"));
  findings.not_verified = Texts(Member(grounds, "notVerified"));
  return findings;
}

std::vector<std::string> ServiceReasons(const std::vector<HistoryEntry>& entries) {
  std::vector<std::string> reasons;
  for (const HistoryEntry& entry : entries) {
    if (entry.kind != "lost") continue;
    const Json details = Member(DetailOf(entry), "serviceDetails");
    if (!details.is_object() || details.empty()) continue;
    reasons.clear();
    for (const auto& [key, value] : details.items()) {
      reasons.push_back(key + " = " +
                        (value.is_string() ? value.get<std::string>()
                                           : value.dump(-1, ' ', false, Json::error_handler_t::replace)));
    }
  }
  return reasons;
}

Streams StreamsOf(const HistoryEntry& entry) {
  const Json detail = DetailOf(entry);
  const auto text = [&detail](const char* name) {
    const Json value = Member(detail, name);
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  return {text("stdout"), text("stderr")};
}

}  // namespace kedge::report
