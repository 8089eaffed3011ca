// `kedge wait`: returns when the device is where the caller needs it. For scripts, and for
// kedge-recovered.service.
#pragma once

#include "config.h"
#include "operator/command_line.h"

namespace kedge {

// Exit status: 0 it is; 1 it is not within the limit, or the device is in quarantine (said on stderr).
int WaitFor(const Config& config, const op::WaitCommand& command);

}  // namespace kedge
