// Where the nodes of a YAML document end: yaml-cpp tells where they start only.
#pragma once

#include <string>

#include "set-config/node.h"

namespace kedge::set_config {

// Sets `end`, `colon_end` and `is_known` in the whole tree, and `start` of nulls. What it cannot find out is
// marked as not known: nothing there can be edited then, and nothing goes wrong.
void FindExtents(const std::string& text, Node* root);

}  // namespace kedge::set_config
