// The guard `packages` as a program: handlers/PROTOCOL.md says what each verb promises, PACKAGES.md what is
// guarded.
#pragma once

#include <string>
#include <vector>

#include "guards/packages/settings.h"

namespace kedge::packages {

// `arguments` without the program's name. Prints, and gives the exit status: 0 done (verify: all is as it
// was; check: there is a way back), 1 failed (verify: differences), 2 wrong call, 3 cannot tell, 75 later may
// work.
int RunGuard(const std::vector<std::string>& arguments, const Settings& settings);

}  // namespace kedge::packages
