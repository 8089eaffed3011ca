// `kedge-link --probe`: wires link/probe.h to the words of the Jobs protocol, and prints a JSON object a line
// on stdout: {"check": "tls", "ok": true, "text": "...", "hint": "..."}.
#pragma once

#include "config.h"

namespace kedge {

// Gives the exit status: 0 every check is ok, 1 one is not.
int ProbeCommand(const Config& config);

}  // namespace kedge
