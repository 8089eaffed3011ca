// A document as a tree whose every node knows the bytes that it comes from. Both YAML and JSON become one, so
// that an edit is the same few operations on bytes, and can be checked by comparing trees.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::set_config {

// Why something cannot be edited: a sentence for the operator. Thrown inside of this library, where a reason
// may come up deep in a document, and caught at its face (edit.h).
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Node {
  enum class Kind { kNull, kScalar, kAlias, kSequence, kMapping };

  Kind kind = Kind::kNull;
  std::string tag;           // of YAML; "?" a plain scalar, "!" a quoted one. JSON uses these two alike
  std::string anchor;        // "" for none
  std::string value;         // kScalar: what it means; kAlias: the anchor's name
  std::vector<Node> keys;    // kMapping
  std::vector<Node> values;  // kMapping and kSequence

  // [start, end): its bytes, with tag and anchor; a collection in block style ends with its last element. A
  // null that is not written has start == end, right behind the ':' of its key.
  size_t start = 0;
  size_t end = 0;
  bool is_flow = false;  // a collection in brackets
  bool is_known = true;  // whether [start, end) could be found out
  size_t colon_end = 0;  // of a mapping's value: behind the ':'

  bool is_collection() const { return kind == Kind::kSequence || kind == Kind::kMapping; }
};

// Equal in what they mean and in tags and anchors, wherever they stand.
bool SameContent(const Node& a, const Node& b);

// How a plain scalar is taken by its type: "8080" and "0x1F" are numbers, "yes" is a boolean to some.
bool LooksTyped(std::string_view text);

// Equal to a program that reads the document: quotes do not count where they do not change the type.
bool SameMeaning(const Node& a, const Node& b);

}  // namespace kedge::set_config
