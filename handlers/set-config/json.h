// JSON as a tree with places.
#pragma once

#include <string>

#include "set-config/node.h"

namespace kedge::set_config {

// Numbers keep the text they are written in. Throws Refused when `text` is not JSON, or nests deeper than
// 100; a document of nothing but space is a null that is not known.
Node ParseJson(const std::string& text);

}  // namespace kedge::set_config
