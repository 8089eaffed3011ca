// The guard `files`, called as a program: it keeps the units' files in the folder `files` of the snapshot.
#pragma once

#include <string>
#include <vector>

#include "guards/program/program.h"

namespace kedge::services {

// `verb`: check, snapshot, restore or verify, for `paths`. All but check make the folder. The program is
// looked for beside this one, and in KEDGE_GUARDS where that is set. An exit status other than 0 is no error
// here.
Result<guards::Ended> CallFilesGuard(const std::string& verb, const std::string& state_folder,
                                     const std::vector<std::string>& paths);

// What it complained of last, without its name in front.
std::string ComplaintOf(const guards::Ended& output);

}  // namespace kedge::services
