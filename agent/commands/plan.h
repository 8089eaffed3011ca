// What a job document would do here: for `kedge check` and `kedge run --dry-run`.
#pragma once

#include <string>

#include "commands/device.h"

namespace kedge::commands {

// Prints the plan of the document in `file` ("-": stdin), or why there is none; the exit status.
int PrintPlan(const Device& device, const std::string& file);

}  // namespace kedge::commands
