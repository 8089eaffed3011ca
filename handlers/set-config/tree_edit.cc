#include "set-config/tree_edit.h"

#include "set-config/change.h"
#include "set-config/find.h"

namespace kedge::set_config {
namespace {

// What cannot go wrong silently: the new text is read as any program would.
std::string Checked(Format format, const Change& change, const std::string& path) {
  const std::string unexpected = "'" + path + "' cannot be edited where it stands; nothing was changed";
  Node result;
  try {
    result = ParseDocument(format, change.text);
  } catch (const Refused&) {
    throw Refused(unexpected);
  }
  if (!SameContent(result, change.expected)) throw Refused(unexpected);
  return change.text;
}

}  // namespace

std::string EditTree(Format format, const std::string& text, const Word& word) {
  const Node root = ParseDocument(format, text);
  const Found found = FindPath(root, word.path, true);
  if (word.kind == Word::Kind::kDelete) {
    if (!found.is_whole) return text;
    return Checked(format, Delete(text, root, found.indices), word.written);
  }
  if (!found.is_whole) return Checked(format, Insert(format, text, root, found.indices, word), word.written);
  if (HoldsInTree(format, text, word)) return text;
  return Checked(format, Replace(format, text, root, found.indices, word.value), word.written);
}

bool HoldsInTree(Format format, const std::string& text, const Word& word) {
  Node root = ParseDocument(format, text);
  Path path = word.path;
  const Found found = FindPath(root, path, false);
  if (word.kind == Word::Kind::kDelete) {
    if (found.is_whole && At(root, found.indices, found.indices.size() - 1).kind == Node::Kind::kSequence)
      throw Refused("an element of a list cannot be looked for once it is deleted");
    return !found.is_whole;
  }
  if (found.is_whole) {
    const Node& node = At(root, found.indices, found.indices.size());
    return SameMeaning(node, WriteValue(format, false, word.value).node);
  }
  // What was appended is the last element now.
  if (path.back() != "+" || found.indices.size() + 1 != path.size()) return false;
  const Node& sequence = At(root, found.indices, found.indices.size());
  return sequence.kind == Node::Kind::kSequence && !sequence.values.empty() &&
         SameMeaning(sequence.values.back(), WriteValue(format, false, word.value).node);
}

}  // namespace kedge::set_config
