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

const std::string kGuardCheck = "check:";  // and the name of the guard

struct JsonOfEnding {
  Json operator()(const Exited& e) const { return {{"exit", e.status}}; }
  Json operator()(const Signalled& e) const { return {{"signal", e.signal}, {"core", e.core_dumped}}; }
  Json operator()(const TimedOut& e) const {
    Json json = {{"timedOutMs", e.limit.count()}};
    if (e.whose != LimitOf::kStep) json["limit"] = ToString(e.whose);
    return json;
  }
  Json operator()(const OutOfMemory& e) const { return {{"outOfMemory", e.limit}}; }
  Json operator()(const TaskLimit& e) const { return {{"taskLimit", e.limit}, {"then", TextToJson(e.then)}}; }
  Json operator()(const OutputLimit& e) const { return {{"outputLimit", e.limit}}; }
  Json operator()(const CouldNotStart& e) const { return {{"couldNotStart", TextToJson(e.what)}}; }
  Json operator()(const NotDurable& e) const { return {{"notDurable", TextToJson(e.what)}}; }
  Json operator()(const Interrupted&) const { return {{"interrupted", true}}; }
};

Json TextsToJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(TextToJson(text));
  return list;
}

std::vector<std::string> TextsFromJson(const char* where, const Json& list, Damage& damage) {
  std::vector<std::string> texts;
  if (!list.is_array()) damage.Note(where, "not a list of texts");
  for (const Json& item : list) texts.push_back(TextFromJson(where, item, damage));
  return texts;
}

Json PairsToJson(const DetailsMap& details) {
  Json pairs = Json::array();
  for (const auto& [key, value] : details) pairs.push_back(Json::array({TextToJson(key), TextToJson(value)}));
  return pairs;
}

DetailsMap PairsFromJson(const char* where, const Json& pairs, Damage& damage) {
  DetailsMap details;
  for (const Json& pair : pairs) {
    if (pair.is_array() && pair.size() == 2) {
      details[TextFromJson(where, pair[0], damage)] = TextFromJson(where, pair[1], damage);
    } else {
      damage.Note(where, "not a list of pairs");
    }
  }
  return details;
}

// A member that is a whole number; 0 when there is none.
int64_t NumberOf(const char* where, const Json& json, const char* name, Damage& damage) {
  const auto found = json.find(name);
  if (found == json.end()) return 0;
  if (found->is_number_integer()) return found->get<int64_t>();
  damage.Note(where, std::string(name) + " is not a whole number");
  return 0;
}

// nullopt when `json` names none.
std::optional<Ending> EndingFromJson(const char* where, const Json& json, Damage& damage) {
  const auto has = [&](const char* name) { return json.contains(name); };
  const auto number = [&](const char* name) { return NumberOf(where, json, name, damage); };
  const auto small = [&](const char* name) {
    return static_cast<int>(
        damage.Within(where, number(name), std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
  };
  if (has("exit")) return Exited{small("exit")};
  if (has("signal") && has("core")) return Signalled{small("signal"), json["core"] == true};
  if (has("timedOutMs")) {
    const std::string word = json.value("limit", Json("step")).is_string() ? json.value("limit", "step") : "";
    const auto whose = LimitOfFrom(word);
    if (!whose) damage.Note(where, "an unknown limit");
    return TimedOut{std::chrono::milliseconds(number("timedOutMs")), whose.value_or(LimitOf::kStep)};
  }
  if (has("outOfMemory")) return OutOfMemory{number("outOfMemory")};
  if (has("taskLimit") && has("then")) {
    return TaskLimit{number("taskLimit"), TextFromJson(where, json["then"], damage)};
  }
  if (has("outputLimit")) return OutputLimit{number("outputLimit")};
  if (has("couldNotStart")) return CouldNotStart{TextFromJson(where, json["couldNotStart"], damage)};
  if (has("notDurable")) return NotDurable{TextFromJson(where, json["notDurable"], damage)};
  if (has("interrupted")) return Interrupted{};
  if (!has("wallMs") && !has("tries") && !has("noWayBack")) damage.Note(where, "not an ending");
  return std::nullopt;
}

}  // namespace

std::string ListToJson(const std::vector<std::string>& texts) { return TextsToJson(texts).dump(); }

std::vector<std::string> ListFromJson(const char* where, const std::string& text, Damage& damage) {
  return TextsFromJson(where, ParseList(where, text, damage), damage);
}

std::string DetailsToJson(const DetailsMap& details) { return PairsToJson(details).dump(); }

DetailsMap DetailsFromJson(const char* where, const std::string& text, Damage& damage) {
  return PairsFromJson(where, ParseList(where, text, damage), damage);
}

std::string VerbsToJson(const std::vector<Verbs>& verbs) {
  Json list = Json::array();
  for (const Verbs& has : verbs) {
    Json words = Json::array();
    if (has.check) words.push_back("check");
    if (has.rollback) words.push_back("rollback");
    if (has.verify) words.push_back("verify");
    for (const std::string& guard : has.guard_checks) words.push_back(kGuardCheck + guard);
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
      else if (word.is_string() && word.get_ref<const std::string&>().starts_with(kGuardCheck))
        has.guard_checks.push_back(word.get_ref<const std::string&>().substr(kGuardCheck.size()));
      else
        damage.Note(where, "an unknown word");
    }
  }
  return verbs;
}

std::optional<std::string> RunToJson(const StepRecord& step) {
  if (!step.ending && step.usage == Usage{} && step.tries == 0 && step.no_way_back.empty())
    return std::nullopt;
  Json json = step.ending ? std::visit(JsonOfEnding{}, *step.ending) : Json::object();
  const Usage& usage = step.usage;
  if (usage.wall.count() != 0) json["wallMs"] = usage.wall.count();
  if (usage.cpu.count() != 0) json["cpuMs"] = usage.cpu.count();
  if (usage.peak_memory != 0) json["peakMemory"] = usage.peak_memory;
  if (!usage.leftovers.empty()) json["leftovers"] = TextsToJson(usage.leftovers);
  if (usage.more_leftovers != 0) json["moreLeftovers"] = usage.more_leftovers;
  if (usage.kept) json["kept"] = true;
  if (!usage.remarks.empty()) json["remarks"] = TextsToJson(usage.remarks);
  if (step.tries != 0) json["tries"] = step.tries;
  if (!step.no_way_back.empty()) json["noWayBack"] = TextToJson(step.no_way_back);
  if (step.ending && !step.told.empty()) json["told"] = PairsToJson(step.told);
  return json.dump();
}

void RunFromJson(const char* where, const std::string& text, StepRecord* step, Damage& damage) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return damage.Note(where, "not a JSON object");
  step->ending = EndingFromJson(where, json, damage);
  Usage& usage = step->usage;
  usage.wall = std::chrono::milliseconds(NumberOf(where, json, "wallMs", damage));
  usage.cpu = std::chrono::milliseconds(NumberOf(where, json, "cpuMs", damage));
  usage.peak_memory = NumberOf(where, json, "peakMemory", damage);
  if (json.contains("leftovers")) usage.leftovers = TextsFromJson(where, json["leftovers"], damage);
  usage.more_leftovers = NumberOf(where, json, "moreLeftovers", damage);
  usage.kept = json.contains("kept");
  if (json.contains("remarks")) usage.remarks = TextsFromJson(where, json["remarks"], damage);
  step->tries = static_cast<int>(
      damage.Within(where, NumberOf(where, json, "tries", damage), 0, std::numeric_limits<int>::max()));
  if (json.contains("noWayBack")) step->no_way_back = TextFromJson(where, json["noWayBack"], damage);
  if (json.contains("told")) step->told = PairsFromJson(where, json["told"], damage);
}

}  // namespace kedge::store
