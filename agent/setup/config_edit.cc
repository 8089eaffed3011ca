#include "setup/config_edit.h"

#include <algorithm>
#include <iterator>

#include "config.h"
#include "config_tree.h"

namespace kedge::setup {
namespace {

constexpr char kHeading[] =
    "# Kedge's configuration, begun by `kedge setup`. Every other key stands, with its default and the "
    "reason for\n"
    "# it, in /usr/share/kedge/kedge.yaml; see also kedge.yaml(5).\n";
constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr char kDigits[] = "0123456789";

// Words that YAML takes for something else than text.
bool IsYamlWord(std::string word) {
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr const char* kWords[] = {"y", "n", "yes", "no", "true", "false", "on", "off", "null"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// As YAML, so that it is read as this very text; a number stays one.
std::string Scalar(const std::string& value) {
  const std::string letters = kLetters, digits = kDigits;
  const bool is_number = !value.empty() && value.find_first_not_of(digits) == std::string::npos;
  const bool is_plain = !value.empty() && (letters + "/").find(value[0]) != std::string::npos &&
                        value.find_first_not_of(letters + digits + "/._-") == std::string::npos &&
                        !IsYamlWord(value);
  if (is_number || is_plain) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Where a node begins in the text.
size_t OffsetOf(const std::string& text, const YamlNode& node) {
  size_t line_start = 0;
  for (int line = 1; line < node.line; ++line) {
    const size_t end = text.find('\n', line_start);
    if (end == std::string::npos) return text.size();
    line_start = end + 1;
  }
  return std::min(text.size(), line_start + static_cast<size_t>(node.column - 1));
}

size_t LineStart(const std::string& text, size_t offset) {
  const size_t before = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  return before == std::string::npos ? 0 : before + 1;
}

// How long the scalar that begins there is, quotes included; 0: not to be told.
size_t LengthOf(const std::string& text, size_t offset, const YamlNode& scalar) {
  const char first = offset < text.size() ? text[offset] : '\0';
  if (first != '"' && first != '\'')
    return text.compare(offset, scalar.text.size(), scalar.text) == 0 ? scalar.text.size() : 0;
  for (size_t i = offset + 1; i < text.size(); ++i) {
    if (first == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == first) {
      if (first == '\'' && i + 1 < text.size() && text[i + 1] == first) {
        ++i;
      } else {
        return i + 1 - offset;
      }
    }
  }
  return 0;
}

const YamlMember* Find(const YamlNode& map, const std::string& name) {
  for (const YamlMember& member : map.members) {
    if (member.key.text == name) return &member;
  }
  return nullptr;
}

void AddLine(std::string& text, size_t at, size_t indent, const std::string& line) {
  if (at > 0 && text[at - 1] != '\n') text.insert(at++, "\n");
  text.insert(at, std::string(indent, ' ') + line + "\n");
}

// The value behind a key that is there.
bool Replace(std::string& text, const YamlMember& member, const std::string& scalar) {
  if (member.value.kind == YamlNode::Kind::kNothing) {
    const size_t colon = text.find(':', OffsetOf(text, member.key) + member.key.text.size());
    if (colon == std::string::npos) return false;
    text.insert(colon + 1, " " + scalar);
    return true;
  }
  const size_t offset = OffsetOf(text, member.value);
  const size_t length = LengthOf(text, offset, member.value);
  if (member.value.kind != YamlNode::Kind::kScalar || length == 0) return false;
  text.replace(offset, length, scalar);
  return true;
}

// A new key as the first one of a group that is there.
void AddTo(std::string& text, const YamlMember& group, const std::string& name, const std::string& scalar) {
  const YamlNode& map = group.value;
  const size_t offset = OffsetOf(text, map);
  if (map.kind == YamlNode::Kind::kMap && offset < text.size() && text[offset] == '{') {
    text.insert(offset + 1, name + ": " + scalar + (map.members.empty() ? "" : ", "));
  } else if (map.kind == YamlNode::Kind::kMap && !map.members.empty()) {
    const YamlNode& first = map.members[0].key;
    AddLine(text, LineStart(text, OffsetOf(text, first)), static_cast<size_t>(first.column - 1),
            name + ": " + scalar);
  } else {
    const size_t end = text.find('\n', OffsetOf(text, group.key));
    AddLine(text, end == std::string::npos ? text.size() : end + 1, static_cast<size_t>(group.key.column + 1),
            name + ": " + scalar);
  }
}

bool SetValue(std::string& text, const std::string& path, const std::string& value) {
  const auto root = ParseYaml(text);
  if (!root) return false;
  const size_t dot = path.find('.');
  const std::string name = path.substr(dot == std::string::npos ? 0 : dot + 1);
  if (dot == std::string::npos) {
    if (const YamlMember* member = Find(*root, name)) return Replace(text, *member, Scalar(value));
    AddLine(text, text.size(), 0, name + ": " + Scalar(value));
    return true;
  }
  const YamlMember* group = Find(*root, path.substr(0, dot));
  if (group == nullptr) {
    AddLine(text, text.size(), 0, path.substr(0, dot) + ":\n  " + name + ": " + Scalar(value));
    return true;
  }
  if (const YamlMember* member = Find(group->value, name)) return Replace(text, *member, Scalar(value));
  AddTo(text, *group, name, Scalar(value));
  return true;
}

Unexpected ByHand(const Values& values) {
  std::string list;
  for (const auto& [path, value] : values) list += (list.empty() ? "" : ", ") + path + ": " + Scalar(value);
  return Unexpected{
      ErrorKind::kInvalid,
      "the configuration is written in a way that is not changed by itself; say in it, by hand: " + list};
}

}  // namespace

Result<std::string> SetValues(const std::string& text, const Values& values) {
  const auto before = ParseConfig(text, "kedge.yaml");
  if (!before) return Unexpected(before.error());
  std::string changed = text;
  for (const auto& [path, value] : values) {
    if (!SetValue(changed, path, value)) return ByHand(values);
  }
  if (!ParseYaml(changed)) return ByHand(values);
  const auto after = ParseConfig(changed, "the new kedge.yaml");
  if (!after) return Unexpected(after.error());
  auto expected = PrintConfig(*before);
  for (auto& [path, shown] : expected) {
    for (const auto& [wanted, value] : values) {
      if (wanted == path) shown = value;
    }
  }
  // An empty client id is shown as the thing's name, which may be what changes.
  const bool names_client =
      std::any_of(values.begin(), values.end(), [](const auto& v) { return v.first == "broker.client_id"; });
  const auto is_follower = [&](const std::string& path) {
    return path == "broker.client_id" && !names_client && before->broker.client_id == before->thing;
  };
  const auto found = PrintConfig(*after);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] != found[i] && !is_follower(expected[i].first)) return ByHand(values);
  }
  return changed;
}

Result<std::string> NewConfig(const Values& values) {
  std::string text = kHeading;
  std::string group;
  for (const auto& [path, value] : values) {
    const size_t dot = path.find('.');
    const std::string its_group = path.substr(0, dot == std::string::npos ? 0 : dot);
    if (!its_group.empty() && its_group != group) text.append(its_group).append(":\n");
    group = its_group;
    text += (group.empty() ? "" : "  ") + path.substr(dot == std::string::npos ? 0 : dot + 1) + ": " +
            Scalar(value) + "\n";
  }
  if (const auto config = ParseConfig(text, "the new kedge.yaml"); !config) return Unexpected(config.error());
  return text;
}

}  // namespace kedge::setup
