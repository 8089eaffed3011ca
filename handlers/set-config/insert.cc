// Insert of change.h: new keys and elements, in the style of what is around them.
#include <span>

#include "set-config/change.h"
#include "set-config/find.h"
#include "set-config/lines.h"
#include "set-config/place.h"

namespace kedge::set_config {
namespace {

// The new part of a path and its value, written down from the inside out.
class Item {
 public:
  Item(Format format, bool in_flow, bool quoted, const std::string& line_break,
       std::span<const std::string> path, const std::string& value)
      : format_(format),
        in_flow_(in_flow),
        quoted_(quoted),
        line_break_(line_break),
        path_(path),
        value_(WriteValue(format, in_flow, value)) {}

  bool is_sequence(size_t i) const { return path_[i] == "+" || path_[i] == "0"; }

  // What stands between brackets for the path from `i` on.
  std::string Flow(size_t i, bool as_element) const {
    return (as_element ? "" : Key(i).text + ": ") + FlowInner(i + 1);
  }
  // A whole collection, or the value.
  std::string FlowInner(size_t i) const {
    if (i == path_.size()) return value_.text;
    return is_sequence(i) ? "[" + Flow(i, true) + "]" : "{" + Flow(i, false) + "}";
  }
  // The lines for the path from `i` on, the first without its indentation, which is `column`.
  std::string Block(size_t i, size_t column, bool as_element) const {
    const std::string head = as_element ? "-" : Key(i).text + ":";
    if (i + 1 == path_.size()) return head + " " + value_.text;
    const std::string inner = Block(i + 1, column + 2, is_sequence(i + 1));
    return as_element ? head + " " + inner : head + line_break_ + std::string(column + 2, ' ') + inner;
  }
  // Adds what the path from `i` on means to a collection.
  void AddTo(Node* collection, size_t i) const {
    Node inner = i + 1 == path_.size() ? value_.node : Collection(i + 1);
    if (i + 1 < path_.size()) AddTo(&inner, i + 1);
    if (collection->kind == Node::Kind::kMapping) collection->keys.push_back(Key(i).node);
    collection->values.push_back(std::move(inner));
  }
  // An empty collection of the kind that the path needs at `i`.
  Node Collection(size_t i) const {
    Node node;
    node.kind = is_sequence(i) ? Node::Kind::kSequence : Node::Kind::kMapping;
    node.tag = "?";
    return node;
  }

 private:
  Written Key(size_t i) const { return WriteKey(format_, in_flow_, quoted_, path_[i]); }

  Format format_;
  bool in_flow_;
  bool quoted_;
  std::string line_break_;
  std::span<const std::string> path_;
  Written value_;
};

std::string InsertInFlow(const std::string& text, const Node& collection, const Item& item) {
  const bool as_element = collection.kind == Node::Kind::kSequence;
  const char bracket = as_element ? ']' : '}';
  if (!collection.is_known || collection.end == 0 || text[collection.end - 1] != bracket) RefusePlace();
  std::string result = text;
  if (collection.values.empty()) {
    result.insert(text.find_first_of("[{", collection.start) + 1, item.Flow(0, as_element));
    return result;
  }
  const size_t last = collection.values.size() - 1;
  if (!collection.values[last].is_known) RefusePlace();
  const size_t start = ElementStart(collection, last);
  const size_t before = last > 0 ? collection.values[last - 1].end : collection.start + 1;
  const std::string between = text.substr(before, start - before);
  const size_t line = LineStart(text, start);
  const bool is_on_own_line =
      between.find('\n') != std::string::npos && text.find_first_not_of(" \t", line) == start;
  const std::string separator =
      is_on_own_line ? "," + LineBreak(text) + text.substr(line, start - line) : ", ";
  result.insert(collection.values[last].end, separator + item.Flow(0, as_element));
  return result;
}

std::string InsertInBlock(const std::string& text, const Node& collection, const Item& item) {
  const bool as_element = collection.kind == Node::Kind::kSequence;
  if (!collection.is_known || collection.values.empty()) RefusePlace();
  const size_t first = as_element ? DashBefore(text, collection.values[0].start) : collection.keys[0].start;
  const size_t column = first - LineStart(text, first);
  std::string result = text;
  result.insert(LineEnd(text, collection.end),
                LineBreak(text) + std::string(column, ' ') + item.Block(0, column, as_element));
  return result;
}

// A document that has no content yet.
std::string InsertInNothing(Format format, const std::string& text, const Item& item) {
  const std::string line_break = LineBreak(text);
  if (format == Format::kJson) {
    const std::string inner = item.Flow(0, item.is_sequence(0));
    return (item.is_sequence(0) ? "[" : "{") + line_break + "  " + inner + line_break +
           (item.is_sequence(0) ? "]" : "}") + line_break;
  }
  const bool has_end = text.empty() || text.back() == '\n';
  return text + (has_end ? "" : line_break) + item.Block(0, 0, item.is_sequence(0)) + line_break;
}

// A null in a block mapping becomes a collection on the lines behind its key.
std::string InsertBehindKey(const std::string& text, const Node& null, size_t key_start, const Item& item) {
  if (!null.is_known || null.colon_end == 0) RefusePlace();
  const size_t column = key_start - LineStart(text, key_start) + 2;
  std::string result = text;
  result.insert(LineEnd(text, null.end),
                LineBreak(text) + std::string(column, ' ') + item.Block(0, column, item.is_sequence(0)));
  result.erase(null.colon_end, null.end - null.colon_end);
  return result;
}

}  // namespace

Change Insert(Format format, const std::string& text, const Node& root, const std::vector<size_t>& indices,
              const Word& word) {
  Change change{"", root};
  Node& collection = At(change.expected, indices, indices.size());
  bool in_flow = false;
  for (size_t i = 0; i <= indices.size(); ++i) in_flow |= At(change.expected, indices, i).is_flow;
  const bool quoted = format == Format::kJson || (collection.is_flow && !collection.keys.empty() &&
                                                  text[collection.keys[0].start] == '"');
  const Item item(format, in_flow, quoted, LineBreak(text), std::span(word.path).subspan(indices.size()),
                  word.value);
  if (collection.is_collection()) {
    change.text =
        collection.is_flow ? InsertInFlow(text, collection, item) : InsertInBlock(text, collection, item);
  } else {
    if (indices.empty() && !collection.is_known) {
      change.text = InsertInNothing(format, text, item);
    } else if (in_flow || indices.empty()) {
      change.text = Overwrite(text, collection, item.FlowInner(0));
    } else {
      const Node& parent = At(change.expected, indices, indices.size() - 1);
      if (parent.kind != Node::Kind::kMapping) RefusePlace();
      change.text = InsertBehindKey(text, collection, parent.keys[indices.back()].start, item);
    }
    collection = item.Collection(0);
  }
  item.AddTo(&collection, 0);
  return change;
}

}  // namespace kedge::set_config
