// Processes by pidfd: a number may be given to another process between looking and signalling, a pidfd never
// is. The order is always: open the pidfd, then make sure who it is, then signal.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "core/ending.h"
#include "core/result.h"
#include "sys/files.h"

namespace kedge::process {

// A failed one (no such process) is empty.
sys::Fd OpenPidfd(pid_t pid);

// Each signal in turn; a process that is gone is fine.
void SendSignals(int pidfd, std::initializer_list<int> signals);

struct Reaped {
  Ending ending;  // Exited or Signalled; Interrupted when somebody else took its status away
  std::chrono::microseconds cpu{0};  // its own, and that of what it has itself waited for
  // Bytes, of the largest of those; 0: not more than this process itself ever had, which the kernel's figure
  // includes, for that is what the child was before it executed its program.
  int64_t peak_memory = 0;
};
// Reaps our child behind `pidfd` when it has ended. Empty while it lives.
std::optional<Reaped> Reap(int pidfd);

// Takes away the zombie `pid`, a child of ours that nobody else waits for. True: there was one. A number is
// safe here: nobody is given it before it is reaped.
bool ReapZombie(pid_t pid);

// Whether the process behind `pidfd` is our own child, alive or not.
bool IsOurChild(int pidfd);

}  // namespace kedge::process
