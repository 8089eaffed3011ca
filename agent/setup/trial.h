// The connection is tried with the new configuration before that is in place: `kedge-link --probe`, as the
// user that kedge-link runs as, on copies in a folder that goes afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "setup/interrupt.h"
#include "setup/plan.h"

namespace kedge::setup {

// As link/probe.h has it, in the words of the files that the operator knows.
struct Check {
  std::string name;
  bool ok = false;
  std::string text;
  std::string hint;
};

// Of our environment, what may lead OpenSSL to a key in a TPM or a token (config/TPM.md).
std::map<std::string, std::string> OpenSslEnvironment();

// What was checked, the failed ones too. The error: it could not be tried at all, or kUnavailable was
// interrupted.
Result<std::vector<Check>> TryOut(const Plan& plan, const std::string& link_program, Interrupt& interrupt);

}  // namespace kedge::setup
