// `kedge report` for support: what somebody who cannot look at the device needs to understand it, in one
// file. Secrets that can be told as such are left out (report/redact.h). Needs no running kedged.
#pragma once

#include <cstddef>
#include <string>

#include "commands/device.h"

namespace kedge::commands {

struct BundleOptions {
  std::string output;        // "": named by thing and time, in the working folder; "-": stdout
  size_t jobs = 10;          // the newest, each with its document and history
  bool with_output = false;  // what their steps printed, too
  bool offline = false;      // nothing that needs the network
};

// Makes it and tells where it is; the exit status. What cannot be had is said in its place in the bundle.
int MakeBundle(const Device& device, const BundleOptions& options);

}  // namespace kedge::commands
