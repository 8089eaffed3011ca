// `kedge import-config`, around operator/import_config.h: reads, makes sure that kedged will take the result,
// writes it, tells the rest.
#pragma once

#include "operator/command_line.h"

namespace kedge {

// Prints, and gives the exit status: 0 done, 1 nothing was written.
int ImportConfig(const op::ImportCommand& command);

}  // namespace kedge
