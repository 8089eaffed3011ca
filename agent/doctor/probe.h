// What `kedge-link --probe` finds out, for the doctor. Private to doctor/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/checks.h"

namespace kedge::doctor {

struct Probed {
  std::string name;  // as link/probe.h has it: "certificate", "tls"
  bool ok = false;
  std::string text;
  std::string hint;
  int64_t from = 0;  // of a certificate, in seconds since the epoch
  int64_t until = 0;
};

struct ProbeRun {
  std::vector<Probed> checks;
  std::string trouble;  // it came to no end of its own: why. "" when it did

  const Probed* Find(const std::string& name) const;
};

// Runs it as the user that kedge-link runs as, where we may, with the environment that the service gives it.
// The error: it cannot be run at all.
Result<ProbeRun> RunProbe(const Case& here, const std::vector<std::string>& options);

}  // namespace kedge::doctor
