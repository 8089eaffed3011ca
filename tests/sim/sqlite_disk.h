// The real journal (agent/store, SQLite) beneath a simulated device, in a folder of its own in memory
// (/dev/shm, else the temporary folder), removed with the object. A crash copies the files as they are, cut
// somewhere in what the last commit wrote when it is torn, and opens the copy.
#pragma once

#include <memory>

#include "sim/disk.h"

namespace kedge::sim {

Result<std::shared_ptr<Disk>> OpenSqliteDisk();

}  // namespace kedge::sim
