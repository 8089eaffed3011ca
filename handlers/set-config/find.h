// Finding the node that a path leads to.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "set-config/node.h"
#include "set-config/words.h"

namespace kedge::set_config {

struct Found {
  std::vector<size_t> indices;  // of the elements on the way, as far as the path exists
  bool is_whole = false;        // the path exists to its end
};

// Throws Refused where the path is ambiguous (a key that is there twice), goes through an alias, or leads on
// in something that is no collection. `for_edit`: also where the node is an anchor's that an alias refers to,
// for the edit would show there too.
Found FindPath(const Node& root, const Path& path, bool for_edit);

// The node at the first `count` indices.
Node& At(Node& root, const std::vector<size_t>& indices, size_t count);

}  // namespace kedge::set_config
