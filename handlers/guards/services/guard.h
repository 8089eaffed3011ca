// The guard `services` as a program: handlers/PROTOCOL.md says what each verb promises, ../SERVICES.md what
// is guarded.
#pragma once

#include <string>
#include <vector>

namespace kedge::services {

// `arguments` without the program's name; `state_folder` is KEDGE_STATE_DIR, "" when it is not set. Prints,
// and gives the exit status: 0 done (verify: all is as it was), 1 failed (verify: differences), 2 wrong call,
// 3 cannot tell.
int RunGuard(const std::vector<std::string>& arguments, const std::string& state_folder);

}  // namespace kedge::services
