#include "set-config/change.h"

#include "set-config/find.h"
#include "set-config/lines.h"
#include "set-config/place.h"

namespace kedge::set_config {
namespace {

bool IsBetween(const std::string& text, size_t start, size_t end, const char* allowed) {
  const size_t other = text.find_first_not_of(allowed, start);
  return other == std::string::npos || other >= end;
}

Node Empty(Node::Kind kind) {
  Node node;
  node.kind = kind;
  node.tag = "?";
  return node;
}

std::string DeleteInFlow(const std::string& text, const Node& collection, size_t index) {
  if (!collection.values[index].is_known) RefusePlace();
  const size_t last = collection.values.size() - 1;
  size_t start = ElementStart(collection, index);
  size_t end = collection.values[index].end;
  if (index < last)
    end = ElementStart(collection, index + 1);
  else if (index > 0)
    start = collection.values[index - 1].end;
  return text.substr(0, start) + text.substr(end);
}

std::string DeleteInBlock(const std::string& text, const Node& collection, size_t index) {
  const Node& value = collection.values[index];
  const bool is_mapping = collection.kind == Node::Kind::kMapping;
  if (!value.is_known) RefusePlace();
  const size_t start = is_mapping ? collection.keys[index].start : DashBefore(text, value.start);
  const size_t line = LineStart(text, start);
  if (IsBetween(text, line, start, " ")) return text.substr(0, line) + text.substr(NextLine(text, value.end));
  // The first one of several, behind a dash of the sequence around it.
  if (index + 1 == collection.values.size() || !is_mapping) RefusePlace();
  const size_t next = collection.keys[index + 1].start;
  if (text.substr(value.end, next - value.end).find('#') != std::string::npos)
    throw Refused("a comment stands behind it that would be lost; nothing was changed");
  return text.substr(0, start) + text.substr(next);
}

}  // namespace

Change Replace(Format format, const std::string& text, const Node& root, const std::vector<size_t>& indices,
               const std::string& value) {
  Change change{"", root};
  Node& node = At(change.expected, indices, indices.size());
  bool in_flow = false;
  for (size_t i = 0; i < indices.size(); ++i) in_flow |= At(change.expected, indices, i).is_flow;
  Written written = WriteValue(format, in_flow, value);
  change.text = Overwrite(text, node, written.text);
  node = std::move(written.node);
  return change;
}

Change Delete(const std::string& text, const Node& root, const std::vector<size_t>& indices) {
  Change change{"", root};
  if (indices.empty()) throw Refused("the whole document cannot be deleted");
  Node& collection = At(change.expected, indices, indices.size() - 1);
  const size_t index = indices.back();
  if (collection.is_flow) {
    change.text = DeleteInFlow(text, collection, index);
  } else if (collection.values.size() > 1) {
    change.text = DeleteInBlock(text, collection, index);
  } else if (indices.size() == 1) {  // of the whole document nothing is left but comments
    change.text = DeleteInBlock(text, collection, index);
    change.expected = Node{};
    return change;
  } else {
    change.text = Overwrite(text, collection, collection.kind == Node::Kind::kMapping ? "{}" : "[]");
    collection = Empty(collection.kind);
    return change;
  }
  const auto offset = static_cast<std::ptrdiff_t>(index);
  if (collection.kind == Node::Kind::kMapping) collection.keys.erase(collection.keys.begin() + offset);
  collection.values.erase(collection.values.begin() + offset);
  return change;
}

}  // namespace kedge::set_config
