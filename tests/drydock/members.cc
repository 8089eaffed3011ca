#include "members.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

// The parser takes any depth, but copying and writing what it gives would end in the stack.
constexpr int kMaxDepth = 64;

std::string Range(const std::string& least, const std::string& most) { return least + " to " + most; }

// 0.5 rather than 0.500000
std::string Short(double number) { return json(number).dump(); }

}  // namespace

Outcome<json> ParseBody(std::string_view body) {
  if (body.empty()) return json::object();
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  json parsed = json::parse(body, watch, false);
  if (too_deep && json::accept(body)) {
    return InvalidRequest("the payload is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  if (too_deep || parsed.is_discarded()) {
    return Refusal{.code = RefusalCode::kInvalidJson, .message = "the payload is not valid JSON in UTF-8"};
  }
  if (!parsed.is_object()) return InvalidRequest("the payload must be a JSON object");
  return parsed;
}

const json* Members::Find(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) return nullptr;
  return &*found;
}

void Members::Refuse(const std::string& message) {
  if (around_ != nullptr) return around_->Refuse(name_ + "." + message);
  if (!problem_) problem_ = InvalidRequest(message);
}

bool Members::Require(const char* name) {
  if (Has(name)) return true;
  Refuse(std::string(name) + " is missing");
  return false;
}

std::optional<std::string> Members::Text(const char* name) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  Refuse(std::string(name) + " must be a string");
  return std::nullopt;
}

std::optional<std::string> Members::Text(const char* name, std::size_t least_bytes, std::size_t most_bytes) {
  auto text = Text(name);
  if (!text || (text->size() >= least_bytes && text->size() <= most_bytes)) return text;
  Refuse(std::string(name) + " must have " + Range(std::to_string(least_bytes), std::to_string(most_bytes)) +
         " characters");
  return std::nullopt;
}

std::optional<std::string> Members::Plain(const char* name, std::size_t most_characters) {
  auto text = Text(name);
  if (!text || IsPlainText(*text, most_characters)) return text;
  Refuse(std::string(name) + " must have " + Range("1", std::to_string(most_characters)) +
         " characters, no control characters");
  return std::nullopt;
}

std::optional<std::string> Members::Word(const char* name, bool (*is_right)(std::string_view),
                                         const char* rule) {
  auto text = Text(name);
  if (!text || is_right(*text)) return text;
  Refuse(std::string(name) + " must match " + rule);
  return std::nullopt;
}

std::optional<std::string> Members::OneOf(const char* name, std::initializer_list<std::string_view> words) {
  auto text = Text(name);
  if (!text || std::find(words.begin(), words.end(), *text) != words.end()) return text;
  std::string list;
  for (const auto word : words) list.append(list.empty() ? "" : ", ").append(word);
  Refuse(std::string(name) + " must be one of " + list);
  return std::nullopt;
}

std::optional<int64_t> Members::AsInteger(const json& value) const {
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kMost)) return std::nullopt;
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_string() || spelling_ == Spelling::kJson) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> Members::Integer(const char* name, int64_t least, int64_t most) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = AsInteger(*value);
  if (number && *number >= least && *number <= most) return number;
  Refuse(std::string(name) + " must be a whole number from " + std::to_string(least) +
         (most == kMost ? " up" : " to " + std::to_string(most)));
  return std::nullopt;
}

std::optional<double> Members::Number(const char* name, double least, double most) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number() && value->get<double>() >= least && value->get<double>() <= most) {
    return value->get<double>();
  }
  Refuse(std::string(name) + " must be a number from " + Range(Short(least), Short(most)));
  return std::nullopt;
}

bool Members::Flag(const char* name, bool when_absent) {
  const json* value = Find(name);
  if (value == nullptr) return when_absent;
  if (value->is_boolean()) return value->get<bool>();
  if (spelling_ == Spelling::kQuery && *value == "true") return true;
  if (spelling_ == Spelling::kQuery && *value == "false") return false;
  Refuse(std::string(name) + " must be true or false");
  return when_absent;
}

std::optional<StatusDetails> Members::Details(const char* name, std::size_t most_characters,
                                              const Readings& readings) {
  auto details = Texts(name);
  if (!details) return std::nullopt;
  const auto wrong = DetailsProblem(*details, most_characters, readings.line_feeds_in_details);
  if (!wrong) return details;
  Refuse(*wrong);
  return std::nullopt;
}

std::optional<std::chrono::minutes> Members::StepTimeout(bool may_discard) {
  constexpr const char* kName = "stepTimeoutInMinutes";
  const auto minutes = Integer(kName, may_discard ? -1 : 1, kMaxTimeoutMinutes);
  if (!minutes) return std::nullopt;
  if (*minutes == 0) {
    Refuse(std::string(kName) + " must be 1 to 10080, or -1 for no step timer");
    return std::nullopt;
  }
  return std::chrono::minutes(*minutes);
}

const json* Members::FindObject(const char* name) {
  const json* value = Find(name);
  if (value == nullptr || value->is_object()) return value;
  Refuse(std::string(name) + " must be an object");
  return nullptr;
}

const json* Members::FindArray(const char* name) {
  const json* value = Find(name);
  if (value == nullptr || value->is_array()) return value;
  Refuse(std::string(name) + " must be an array");
  return nullptr;
}

void Members::Object(const char* name, const std::function<void(Members&)>& read) {
  const json* object = FindObject(name);
  if (object == nullptr) return;
  Members inner(*object, *this, name);
  read(inner);
}

void Members::Objects(const char* name, std::size_t least, std::size_t most,
                      const std::function<void(Members&)>& read) {
  const json* array = FindArray(name);
  if (array == nullptr) return;
  if (array->size() < least || array->size() > most) {
    return Refuse(std::string(name) + " must have " + Range(std::to_string(least), std::to_string(most)) +
                  " entries");
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string entry = std::string(name) + "[" + std::to_string(i) + "]";
    if (!(*array)[i].is_object()) return Refuse(entry + " must be an object");
    Members inner((*array)[i], *this, entry);
    read(inner);
  }
}

std::optional<std::map<std::string, std::string>> Members::Texts(const char* name) {
  const json* object = FindObject(name);
  if (object == nullptr) return std::nullopt;
  std::map<std::string, std::string> texts;
  for (const auto& [key, text] : object->items()) {
    if (!text.is_string()) {
      Refuse(std::string(name) + " value of '" + key + "' must be a string");
      return std::nullopt;
    }
    texts[key] = text.get<std::string>();
  }
  return texts;
}

std::optional<std::vector<std::string>> Members::List(const char* name) {
  const json* array = FindArray(name);
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const json& text : *array) {
    if (!text.is_string()) {
      Refuse(std::string(name) + " must be an array of strings");
      return std::nullopt;
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

}  // namespace kedge::drydock
