// fork, with a pidfd and inside a control group from the first moment where the kernel can do that.
#pragma once

#include <sys/types.h>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::process {

class Cgroup;

struct Cloned {
  pid_t pid = 0;           // 0 in the child
  sys::Fd pidfd;           // in the parent
  bool in_cgroup = false;  // false: the child has to join by itself, first of all
};

// `cgroup` may be null. In the child only async-signal-safe calls are allowed until it executes or leaves.
// Falls back to fork where clone3 is refused (qemu-user, some containers' seccomp filters).
Result<Cloned> CloneChild(const Cgroup* cgroup);

// In the child. False: errno says why.
bool JoinCgroup(int procs_fd);

}  // namespace kedge::process
