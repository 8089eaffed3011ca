// The three changes of a document's bytes, each with the tree that has to come of it.
#pragma once

#include <string>
#include <vector>

#include "set-config/format.h"
#include "set-config/words.h"

namespace kedge::set_config {

struct Change {
  std::string text;
  Node expected;
};

// `indices` lead to the node; all throw Refused where the place is not known well enough.
// Another value instead of the node.
Change Replace(Format format, const std::string& text, const Node& root, const std::vector<size_t>& indices,
               const std::string& value);
// `indices` lead to the collection (or null) as far as the word's path exists; the rest of the path is made
// in it.
Change Insert(Format format, const std::string& text, const Node& root, const std::vector<size_t>& indices,
              const Word& word);
// The node goes, with its key; a collection that has no other becomes an empty one.
Change Delete(const std::string& text, const Node& root, const std::vector<size_t>& indices);

}  // namespace kedge::set_config
