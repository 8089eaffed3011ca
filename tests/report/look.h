// What holds for every page, whatever is in it.
#pragma once

#include <string>

#include "report/tree.h"

namespace kedge::report {

// Reads the page and REQUIREs: well-formed; nothing that runs, loads or submits; a strict policy; all of the
// chart within its frame.
Node LookAt(const std::string& page);

}  // namespace kedge::report
