// The configuration as `kedge config` prints it.
#pragma once

#include <string>
#include <vector>

#include "config_origin.h"
#include "operator/terminal.h"

namespace kedge::commands {

// "KEY: VALUE  # FILE:LINE", or "# default", a value a line. `file`: what they were read from.
std::string ConfigLines(const std::vector<ConfigValue>& values, const std::string& file,
                        const op::Look& look);

}  // namespace kedge::commands
