// Starts a child clean: nothing of the agent reaches it but its streams.
//
// In the child: own session; stdin from /dev/null, stdout, stderr and kStatusFd to pipes, no other
// descriptor; every signal at its default and unblocked; umask 077; no core dumps; the default chance with
// the out-of-memory killer; the user changed for good (and, for one that is not root, no way to gain
// privileges by executing something).
#pragma once

#include <sys/types.h>

#include "core/result.h"
#include "process/cgroup.h"
#include "process/launch.h"
#include "sys/files.h"

namespace kedge::process {

struct Spawned {
  pid_t pid = 0;
  sys::Fd pidfd;
  sys::Fd out;  // reading ends, non-blocking
  sys::Fd err;
  sys::Fd status;
  sys::Fd failure;  // what StartFailure reads
};

// `cgroup` may be null. An error: nothing was started and nothing is left open.
Result<Spawned> Spawn(const Launch& launch, const Cgroup* cgroup);

// Once the child has ended: success when it had got as far as executing its program; else the call that
// failed: "chdir /nowhere: No such file or directory".
Result<void> StartFailure(const sys::Fd& failure);

}  // namespace kedge::process
