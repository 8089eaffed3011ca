#include "store/json_columns.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "core/utf8.h"

namespace kedge::store {
namespace {

using Json = nlohmann::json;

// What is not UTF-8 cannot stand in JSON: it becomes {"hex": "..."}, and comes back exactly.
Json TextToJson(const std::string& text) {
  if (ValidUtf8(text) == text) return text;
  std::string hex;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return {{"hex", hex}};
}

std::string TextFromJson(const char* where, const Json& json, Damage& damage) {
  if (json.is_string()) return json.get<std::string>();
  const auto hex = json.is_object() ? json.find("hex") : json.end();
  if (hex == json.end() || !hex->is_string()) {
    damage.Note(where, "not a text");
    return {};
  }
  std::string text;
  const auto& digits = hex->get_ref<const std::string&>();
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const size_t high = std::string_view("0123456789abcdef").find(digits[i]);
    const size_t low = std::string_view("0123456789abcdef").find(digits[i + 1]);
    if (high > 15 || low > 15) damage.Note(where, "not a text");
    text += static_cast<char>((high << 4) | (low & 15));
  }
  return text;
}

// The list in `text`; anything else is damage and an empty list.
Json ParseList(const char* where, const std::string& text, Damage& damage) {
  Json list = Json::parse(text, nullptr, false);
  if (list.is_array()) return list;
  damage.Note(where, "not a JSON list");
  return Json::array();
}

struct JsonOfEnding {
  Json operator()(const Exited& e) const { return {{"exit", e.status}}; }
  Json operator()(const Signalled& e) const { return {{"signal", e.signal}, {"core", e.core_dumped}}; }
  Json operator()(const TimedOut& e) const { return {{"timedOutMs", e.limit.count()}}; }
  Json operator()(const CouldNotStart& e) const { return {{"couldNotStart", TextToJson(e.what)}}; }
  Json operator()(const Interrupted&) const { return {{"interrupted", true}}; }
};

}  // namespace

std::string ListToJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(TextToJson(text));
  return list.dump();
}

std::vector<std::string> ListFromJson(const char* where, const std::string& text, Damage& damage) {
  std::vector<std::string> texts;
  for (const Json& item : ParseList(where, text, damage)) texts.push_back(TextFromJson(where, item, damage));
  return texts;
}

std::string DetailsToJson(const DetailsMap& details) {
  Json pairs = Json::array();
  for (const auto& [key, value] : details) pairs.push_back(Json::array({TextToJson(key), TextToJson(value)}));
  return pairs.dump();
}

DetailsMap DetailsFromJson(const char* where, const std::string& text, Damage& damage) {
  DetailsMap details;
  for (const Json& pair : ParseList(where, text, damage)) {
    if (pair.is_array() && pair.size() == 2) {
      details[TextFromJson(where, pair[0], damage)] = TextFromJson(where, pair[1], damage);
    } else {
      damage.Note(where, "not a list of pairs");
    }
  }
  return details;
}

std::string VerbsToJson(const std::vector<Verbs>& verbs) {
  Json list = Json::array();
  for (const Verbs& has : verbs) {
    Json words = Json::array();
    if (has.check) words.push_back("check");
    if (has.rollback) words.push_back("rollback");
    if (has.verify) words.push_back("verify");
    list.push_back(std::move(words));
  }
  return list.dump();
}

std::vector<Verbs> VerbsFromJson(const char* where, const std::string& text, Damage& damage) {
  std::vector<Verbs> verbs;
  for (const Json& words : ParseList(where, text, damage)) {
    Verbs& has = verbs.emplace_back();
    if (!words.is_array()) damage.Note(where, "not a list of lists");
    for (const Json& word : words) {
      if (word == "check")
        has.check = true;
      else if (word == "rollback")
        has.rollback = true;
      else if (word == "verify")
        has.verify = true;
      else
        damage.Note(where, "an unknown word");
    }
  }
  return verbs;
}

std::string EndingToJson(const Ending& ending) { return std::visit(JsonOfEnding{}, ending).dump(); }

Ending EndingFromJson(const char* where, const std::string& text, Damage& damage) {
  const Json json = Json::parse(text, nullptr, false);
  const auto number = [&](const char* name) {
    return json[name].is_number_integer() ? json[name].get<int64_t>() : std::numeric_limits<int64_t>::min();
  };
  const auto small = [&](const char* name) {
    return static_cast<int>(
        damage.Within(where, number(name), std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
  };
  if (json.is_object()) {
    if (json.contains("exit")) return Exited{small("exit")};
    if (json.contains("signal") && json.contains("core"))
      return Signalled{small("signal"), json["core"] == true};
    if (json.contains("timedOutMs")) return TimedOut{std::chrono::milliseconds(number("timedOutMs"))};
    if (json.contains("couldNotStart"))
      return CouldNotStart{TextFromJson(where, json["couldNotStart"], damage)};
    if (json.contains("interrupted")) return Interrupted{};
  }
  damage.Note(where, "not an ending");
  return Interrupted{};
}

}  // namespace kedge::store
