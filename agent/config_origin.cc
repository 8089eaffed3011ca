#include "config_origin.h"

#include <map>

#include "config_tree.h"

namespace kedge {
namespace {

using Lines = std::map<std::string, int>;

void Collect(const YamlNode& group, const std::string& prefix, Lines& lines) {
  for (const auto& [key, value] : group.members) {
    const std::string path = prefix + key.text;
    if (value.kind == YamlNode::Kind::kMap) {
      Collect(value, path + ".", lines);
    } else if (value.kind != YamlNode::Kind::kNothing) {
      lines.emplace(path, key.line);
    }
  }
}

}  // namespace

Result<std::vector<ConfigValue>> DescribeConfig(const Config& config, std::string_view text) {
  Lines lines;
  if (!text.empty()) {
    const auto tree = ParseYaml(text);
    if (!tree) return Unexpected(tree.error());
    Collect(*tree, "", lines);
  }
  std::vector<ConfigValue> values;
  for (auto& [key, value] : PrintConfig(config)) {
    const auto line = lines.find(key);
    values.push_back({key, std::move(value), line == lines.end() ? 0 : line->second});
  }
  return values;
}

}  // namespace kedge
