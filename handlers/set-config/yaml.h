// YAML as a tree with places.
#pragma once

#include <string>

#include "set-config/node.h"

namespace kedge::set_config {

// The one document in `text`; no document at all is a null. Throws Refused when it is not YAML, has several
// documents, or nests deeper than 100.
Node ParseYaml(const std::string& text);

}  // namespace kedge::set_config
