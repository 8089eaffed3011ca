#include "set-config/format.h"

#include <nlohmann/json.hpp>

#include "set-config/json.h"
#include "set-config/yaml.h"

namespace kedge::set_config {
namespace {

using nlohmann::json;

// In double quotes, with the escapes that both formats share.
std::string Quote(const std::string& text) {
  try {
    std::string quoted = json(text).dump();
    // JSON lets these stand, YAML does not, or not everywhere.
    for (size_t at = 0; (at = quoted.find('\x7f', at)) != std::string::npos;)
      quoted.replace(at, 1, "\\u007f");
    return quoted;
  } catch (const json::exception&) {
    throw Refused("a value is not UTF-8");
  }
}

// Whether `text` may stand there without quotes; careful, not complete: quotes are never wrong.
bool IsPlain(const std::string& text, bool in_flow) {
  static const std::string first_forbidden = "?:,[]{}#&*!|>'\"%@`= \t";
  if (text.empty() || first_forbidden.find(text[0]) != std::string::npos) return false;
  if (text[0] == '-' && (text.size() == 1 || text[1] == ' ' || text.starts_with("---"))) return false;
  if (text.starts_with("...")) return false;
  if (text.back() == ':' || text.back() == ' ') return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) return false;
  if (in_flow && text.find_first_of(",[]{}:#?") != std::string::npos) return false;
  static_cast<void>(Quote(text));  // UTF-8?
  return true;
}

std::string Unquote(const std::string& value) {
  const char quote = value[0];
  if (quote == '"') {
    const json parsed = json::parse(value, nullptr, false);
    if (parsed.is_string()) return parsed.get<std::string>();
  } else if (value.size() >= 2 && value.back() == quote) {
    std::string content = value.substr(1, value.size() - 2);
    for (size_t at = 0; (at = content.find('\'', at)) != std::string::npos; ++at) {
      if (content.compare(at, 2, "''") != 0)
        throw Refused("a value begins with a quote and is not a quoted text");
      content.erase(at, 1);
    }
    return content;
  }
  throw Refused("a value begins with a quote and is not a quoted text");
}

std::string TextOf(Format format, bool in_flow, const std::string& value) {
  if (value.empty()) return "\"\"";
  if (value[0] == '"' || value[0] == '\'') return Quote(Unquote(value));
  if (value[0] == '{' || value[0] == '[') {
    if (!json::accept(value))
      throw Refused("a value begins like a list or a mapping and is not JSON; quote a text");
    ParseJson(value);  // its depth
    return nlohmann::ordered_json::parse(value).dump();
  }
  if (format == Format::kYaml) return IsPlain(value, in_flow) ? value : Quote(value);
  const bool is_number = value[0] == '-' || (value[0] >= '0' && value[0] <= '9');
  const bool is_word = value == "true" || value == "false" || value == "null";
  return (is_word || is_number) && json::accept(value) ? value : Quote(value);
}

Written Read(Format format, std::string text) {
  Node node = ParseDocument(format, text);
  return {std::move(text), std::move(node)};
}

}  // namespace

Format ParseFormat(std::string_view name) {
  if (name == "yaml") return Format::kYaml;
  if (name == "json") return Format::kJson;
  if (name == "ini") return Format::kIni;
  throw Refused("the format has to be yaml, json or ini");
}

Node ParseDocument(Format format, const std::string& text) {
  return format == Format::kJson ? ParseJson(text) : ParseYaml(text);
}

Written WriteValue(Format format, bool in_flow, const std::string& value) {
  return Read(format, TextOf(format, in_flow, value));
}

Written WriteKey(Format format, bool in_flow, bool quoted, const std::string& key) {
  // A key that would be a number or a null without quotes is meant as a text.
  const bool is_plain = format == Format::kYaml && !quoted && !LooksTyped(key) && IsPlain(key, in_flow);
  return Read(format, is_plain ? key : Quote(key));
}

}  // namespace kedge::set_config
