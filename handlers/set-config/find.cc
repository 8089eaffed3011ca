#include "set-config/find.h"

#include <optional>
#include <set>

namespace kedge::set_config {
namespace {

void CollectAliases(const Node& node, std::set<std::string>* names) {
  if (node.kind == Node::Kind::kAlias) names->insert(node.value);
  for (const Node& key : node.keys) CollectAliases(key, names);
  for (const Node& value : node.values) CollectAliases(value, names);
}

std::optional<size_t> FindKey(const Node& mapping, const std::string& name) {
  std::optional<size_t> found;
  for (size_t i = 0; i < mapping.keys.size(); ++i) {
    const Node& key = mapping.keys[i];
    if (key.kind != Node::Kind::kScalar || key.value != name) continue;
    if (found) throw Refused("the key '" + name + "' is there twice");
    found = i;
  }
  return found;
}

std::optional<size_t> FindElement(const Node& sequence, const std::string& segment) {
  const size_t count = sequence.values.size();
  if (segment == "+") return std::nullopt;
  if (segment.size() > 9 || segment.find_first_not_of("0123456789") != std::string::npos)
    throw Refused("there is a list, and '" + segment + "' is not the number of an element");
  const size_t index = std::stoul(segment);
  if (index < count) return index;
  if (index == count) return std::nullopt;
  throw Refused("there is no element " + segment + " in a list of " + std::to_string(count));
}

}  // namespace

Found FindPath(const Node& root, const Path& path, bool for_edit) {
  std::set<std::string> aliases;
  if (for_edit) CollectAliases(root, &aliases);
  Found found;
  const Node* node = &root;
  for (size_t i = 0;; ++i) {
    if (aliases.contains(node->anchor) && !node->anchor.empty())
      throw Refused("what is there is used elsewhere too, by the alias *" + node->anchor);
    if (i == path.size()) break;
    std::optional<size_t> index;
    switch (node->kind) {
      case Node::Kind::kMapping:
        index = FindKey(*node, path[i]);
        break;
      case Node::Kind::kSequence:
        index = FindElement(*node, path[i]);
        break;
      case Node::Kind::kNull:
        break;
      case Node::Kind::kAlias:
        throw Refused("there is the alias *" + node->value + " on the way to '" + path[i] + "'");
      case Node::Kind::kScalar:
        throw Refused("there is a value, not a mapping or a list, on the way to '" + path[i] + "'");
    }
    if (!index) return found;
    found.indices.push_back(*index);
    node = &node->values[*index];
  }
  found.is_whole = true;
  return found;
}

Node& At(Node& root, const std::vector<size_t>& indices, size_t count) {
  Node* node = &root;
  for (size_t i = 0; i < count; ++i) node = &node->values[indices[i]];
  return *node;
}

}  // namespace kedge::set_config
