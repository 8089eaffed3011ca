// Places in a document that edits need.
#pragma once

#include <string>

#include "set-config/node.h"

namespace kedge::set_config {

// Throws Refused: the place is not known well enough.
[[noreturn]] void RefusePlace();

// Where an element of a collection begins: at its key's, or at its own start.
size_t ElementStart(const Node& collection, size_t index);

// The dash before an element of a block sequence that begins at `start`. Throws Refused.
size_t DashBefore(const std::string& text, size_t start);

// The text with `written` instead of the node. Throws Refused.
std::string Overwrite(const std::string& text, const Node& node, const std::string& written);

}  // namespace kedge::set_config
