// `kedge-link --probe`: wires link/probe.h to the words of the Jobs protocol, and prints a JSON object a line
// on stdout: {"check": "tls", "ok": true, "text": "...", "hint": "..."}.
#pragma once

#include <chrono>
#include <string>

#include "config.h"

namespace kedge {

struct ProbeOptions {
  std::string to = "all";         // how far: files, tls, all
  bool go_on = false;             // after a failure: what does not need it
  std::string client_id;          // empty: the configured one
  std::chrono::seconds limit{0};  // on each wait for the network; 0: the configured ones
};

// Gives the exit status: 0 every check is ok, 1 one is not.
int ProbeCommand(const Config& config, const ProbeOptions& options);

}  // namespace kedge
