// What can come of a system call on Linux: the errors that its manual page names and that a healthy agent may
// meet. An error that the kernel never gives proves nothing, so it is not given here: EINTR for rename,
// openat, read of a file, mkdir, clone and their like, which no signal interrupts; anything for close, whose
// descriptor is gone all the same.
#pragma once

#include <string>
#include <vector>

namespace kedge::faults {

struct Harm {
  std::string name;           // SIGKILL or an errno
  bool from_then_on = false;  // and each one after it: a disk that stays broken
};

// The system calls of the sweep.
const std::vector<std::string>& HarmedCalls();
// SIGKILL is always among them; empty for a call that the sweep leaves alone.
std::vector<Harm> HarmsOf(const std::string& syscall);

}  // namespace kedge::faults
