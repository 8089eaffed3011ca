// The file systems of this machine's own disks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kedge::sys {

// A mount point of each that is mounted for writing, as `mountinfo` (proc(5), /proc/self/mountinfo) lists
// them: of devices, and overlay, ubifs, jffs2, zfs. Not those of a network, which may never answer, nor those
// in memory.
std::vector<std::string> LocalFileSystems(std::string_view mountinfo);

}  // namespace kedge::sys
