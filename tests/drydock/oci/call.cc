#include "oci/call.h"

#include <algorithm>
#include <charconv>

#include "oci/times.h"
#include "oci/words.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

constexpr int kMostListed = 1000;
constexpr int kMostLevels = 16;

std::string Listed(const std::vector<std::string>& choices) {
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  return list;
}

std::string Chosen(const std::string& given, const std::vector<std::string>& choices) {
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&](const auto& c) { return SameWord(c, given); });
  return found == choices.end() ? "" : *found;
}

// No call needs more levels than that; the library's own functions run out of stack at some number.
bool TooDeep(const std::string& text) {
  int level = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++level > kMostLevels) return true;
    } else if (c == '}' || c == ']') {
      --level;
    }
  }
  return false;
}

}  // namespace

Problem InvalidParameter(std::string message) { return {400, "InvalidParameter", std::move(message)}; }
Problem MissingParameter(const std::string& name) { return {400, "MissingParameter", name + " is missing"}; }
Problem NotFound(const std::string& what) {
  return {404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found: " + what};
}
Problem IncorrectState(std::string message) { return {409, "IncorrectState", std::move(message)}; }
Problem Conflict(std::string message) { return {409, "Conflict", std::move(message)}; }
Problem InvalidatedRetryToken(std::string message) {
  return {409, "InvalidatedRetryToken", std::move(message)};
}
Problem NoEtagMatch() {
  return {412, "NoEtagMatch", "if-match is not the current etag: get the resource again"};
}
Problem NotAuthenticated(std::string message) { return {401, "NotAuthenticated", std::move(message)}; }
Problem TooManyRequests(std::string message) { return {429, "TooManyRequests", std::move(message)}; }
Problem InternalServerError(std::string message) { return {500, "InternalServerError", std::move(message)}; }

std::optional<Problem> CheckMatch(const Call& call, const std::string& etag) {
  if (call.if_match.empty() || call.if_match == "*" || call.if_match == etag) return std::nullopt;
  return NoEtagMatch();
}

void Query::Refuse(Problem problem) {
  if (!problem_) problem_ = std::move(problem);
}

std::optional<std::string> Query::Text(const char* name) const {
  for (const auto& [key, value] : call_.query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Query::Texts(const char* name) const {
  std::vector<std::string> texts;
  for (const auto& [key, value] : call_.query) {
    if (key != name) continue;
    std::size_t from = 0;
    while (from <= value.size()) {
      const std::size_t comma = std::min(value.find(',', from), value.size());
      texts.push_back(value.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return texts;
}

bool Query::Flag(const char* name) { return Choice(name, {"true", "false"}, "false") == "true"; }

std::string Query::Choice(const char* name, const std::vector<std::string>& choices,
                          const char* when_absent) {
  const auto given = Text(name);
  if (!given) return when_absent;
  std::string chosen = Chosen(*given, choices);
  if (chosen.empty()) Refuse(InvalidParameter(std::string(name) + " must be one of " + Listed(choices)));
  return chosen;
}

std::optional<Instant> Query::Time(const char* name) {
  const auto given = Text(name);
  if (!given) return std::nullopt;
  const auto time = FromRfc3339(*given);
  if (!time) Refuse(InvalidParameter(std::string(name) + " must be a time as in RFC 3339"));
  return time;
}

Paging Query::Pages() {
  Paging paging;
  paging.page = Text("page").value_or("");
  const auto limit = Text("limit");
  if (!limit) return paging;
  int number = 0;
  const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), number);
  if (error != std::errc() || end != limit->data() + limit->size() || number < 1 || number > kMostListed) {
    Refuse(InvalidParameter("limit must be a whole number from 1 to " + std::to_string(kMostListed)));
    return paging;
  }
  paging.limit = static_cast<std::size_t>(number);
  return paging;
}

Body::Body(const std::string& text) {
  if (text.empty()) return;
  json parsed = TooDeep(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
  if (parsed.is_object()) {
    object_ = std::move(parsed);
  } else {
    problem_ = {400, "CannotParseRequest", "the body must be a JSON object in UTF-8, of at most 16 levels"};
  }
}

const json* Body::Find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Body::Refuse(Problem problem) {
  if (!problem_) problem_ = std::move(problem);
}

std::optional<std::string> Body::Text(const char* name, std::size_t most) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() && value->get_ref<const std::string&>().size() <= most) {
    return value->get<std::string>();
  }
  Refuse(
      InvalidParameter(std::string(name) + " must be a text of at most " + std::to_string(most) + " bytes"));
  return std::nullopt;
}

std::string Body::Needed(const char* name) {
  auto text = Text(name);
  if (!text || text->empty()) Refuse(MissingParameter(name));
  return text.value_or("");
}

std::optional<bool> Body::Flag(const char* name) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  Refuse(InvalidParameter(std::string(name) + " must be true or false"));
  return std::nullopt;
}

std::string Body::Choice(const char* name, const std::vector<std::string>& choices) {
  const auto given = Text(name);
  if (!given) return "";
  std::string chosen = Chosen(*given, choices);
  if (chosen.empty()) Refuse(InvalidParameter(std::string(name) + " must be one of " + Listed(choices)));
  return chosen;
}

json Body::Texts(const char* name, std::size_t most, std::size_t most_bytes) {
  const json* value = Find(name);
  if (value == nullptr) return json::object();
  const bool right = value->is_object() && value->size() <= most &&
                     std::all_of(value->begin(), value->end(), [&](const json& text) {
                       return text.is_string() && text.get_ref<const std::string&>().size() <= most_bytes;
                     });
  if (right) return *value;
  Refuse(InvalidParameter(std::string(name) + " must be an object of at most " + std::to_string(most) +
                          " texts, each of at most " + std::to_string(most_bytes) + " bytes"));
  return json::object();
}

json Body::DefinedTags() {
  const json* value = Find("definedTags");
  if (value == nullptr) return json::object();
  const auto plain = [](const json& tags) {
    return tags.is_object() &&
           std::none_of(tags.begin(), tags.end(), [](const json& t) { return t.is_structured(); });
  };
  if (value->is_object() && std::all_of(value->begin(), value->end(), plain)) return *value;
  Refuse(InvalidParameter("definedTags must be an object of namespaces, each an object of plain values"));
  return json::object();
}

Body Body::Object(const char* name) {
  const json* value = Find(name);
  if (value == nullptr) return Body(json::object());
  if (value->is_object()) return Body(*value);
  Refuse(InvalidParameter(std::string(name) + " must be an object"));
  return Body(json::object());
}

}  // namespace kedge::drydock::oci
