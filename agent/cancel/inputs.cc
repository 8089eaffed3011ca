#include "cancel/inputs.h"

#include <algorithm>
#include <charconv>

#include "config_tree.h"
#include "core/status_details.h"

namespace kedge::cancel {
namespace {

using nlohmann::json;

constexpr std::string_view kFile = "file://";
constexpr std::string_view kMembers[] = {
    "jobId",           "thingName",      "executionNumber",    "force",  "isForced",
    "expectedVersion", "ifMatch",        "statusDetails",      "reason", "clientToken",
    "waitForState",    "maxWaitSeconds", "waitIntervalSeconds"};

Unexpected Invalid(std::string what) { return Unexpected{ErrorKind::kInvalid, std::move(what)}; }

// The aws command's shorthand for a map of texts.
class Shorthand {
 public:
  explicit Shorthand(std::string_view text) : rest_(text) {}

  Result<json> Read() {
    json map = json::object();
    do {
      const size_t equals = rest_.find_first_of("=,");
      if (equals == std::string_view::npos || rest_[equals] == ',' || equals == 0) {
        return Invalid("is neither key=value,key=value nor a JSON object: there is no key before " +
                       Quoted(rest_));
      }
      const std::string key(rest_.substr(0, equals));
      rest_.remove_prefix(equals + 1);
      auto value = Value();
      if (!value) return Unexpected(value.error());
      if (!map.emplace(key, *value).second) return Invalid("has the key " + Quoted(key) + " twice");
    } while (TakeComma());
    if (rest_.empty()) return map;
    return Invalid("has " + Quoted(rest_) + " behind a closing quote, where a comma or the end is expected");
  }

 private:
  bool TakeComma() {
    if (rest_.empty() || rest_[0] != ',') return false;
    rest_.remove_prefix(1);
    return true;
  }
  Result<std::string> Value() {
    const char quote = !rest_.empty() && (rest_[0] == '\'' || rest_[0] == '"') ? rest_[0] : '\0';
    if (quote != '\0') rest_.remove_prefix(1);
    const char end = quote != '\0' ? quote : ',';
    std::string value;
    while (!rest_.empty() && rest_[0] != end) {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      value += rest_[0];
      rest_.remove_prefix(1);
    }
    if (quote == '\0') return value;
    if (rest_.empty()) return Invalid("has a quote that is not closed");
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
};

// A plain word means what YAML 1.2 says of it.
json Scalar(const YamlNode& node) {
  if (node.quoted) return node.text;
  if (node.text.empty() || node.text == "~" || node.text == "null") return nullptr;
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  int64_t number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto read = std::from_chars(node.text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? json(number) : json(node.text);
}

Result<json> FromYaml(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNothing) return json();
  if (node.kind == YamlNode::Kind::kScalar) return Scalar(node);
  json made = node.kind == YamlNode::Kind::kList ? json::array() : json::object();
  for (const YamlNode& item : node.items) {
    auto value = FromYaml(item);
    if (!value) return value;
    made.push_back(*value);
  }
  for (const YamlMember& member : node.members) {
    auto value = FromYaml(member.value);
    if (!value) return value;
    if (!made.emplace(member.key.text, *value).second) {
      return Invalid("line " + std::to_string(member.key.line) + ": " + Quoted(member.key.text) +
                     " is there twice");
    }
  }
  return made;
}

Result<json> ParseJson(const std::string& text) {
  // A member twice could be read in two ways; the library would take the last one.
  std::vector<std::vector<std::string>> open;
  std::string twice;
  bool deep = false;
  const auto look = [&](int depth, json::parse_event_t event, json& value) {
    deep |= depth > 8;
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key) {
      auto& keys = open.back();
      const auto& key = value.get_ref<const std::string&>();
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) twice = key;
      keys.push_back(key);
    }
    return !deep;
  };
  json parsed = json::parse(text, look, false);
  if (deep) return Invalid("is nested deeper than any request");
  if (parsed.is_discarded()) return Invalid("is no JSON");
  if (!twice.empty()) return Invalid("has the member " + Quoted(twice) + " twice");
  return parsed;
}

Result<json> Parse(const std::string& text, Language language) {
  if (language == Language::kJson) return ParseJson(text);
  auto tree = ParseYaml(text);
  return tree ? FromYaml(*tree) : Result<json>(Unexpected(tree.error()));
}

}  // namespace

Result<std::string> TextOrFile(const std::string& word, const ReadFile& read) {
  return word.starts_with(kFile) ? read(word.substr(kFile.size())) : word;
}

Result<json> ReadDetails(const std::string& word, const ReadFile& read) {
  auto text = TextOrFile(word, read);
  if (!text) return Unexpected(text.error());
  const size_t first = text->find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (*text)[first] == '{') return ParseJson(*text);
  const size_t last = text->find_last_not_of(" \t\r\n");
  return Shorthand(first == std::string::npos ? std::string_view()
                                              : std::string_view(*text).substr(first, last + 1 - first))
      .Read();
}

Result<json> ReadDocument(const std::string& word, Language language, const ReadFile& read) {
  const bool is_text = word.find_first_of("{\n") != std::string::npos && !word.starts_with(kFile);
  auto text = is_text ? Result<std::string>(word) : TextOrFile(word, read);
  if (text && !is_text && !word.starts_with(kFile)) text = read(word);
  if (!text) return Unexpected(text.error());
  auto document = Parse(*text, language);
  if (!document) return document;
  if (!document->is_object()) return Invalid("is no object with members such as jobId");
  for (const auto& [name, value] : document->items()) {
    if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers)) {
      return Invalid("has the unknown member " + Quoted(name) + "; known are " + KnownMembers());
    }
  }
  return document;
}

std::string KnownMembers() {
  std::string all;
  for (const std::string_view name : kMembers) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

}  // namespace kedge::cancel
