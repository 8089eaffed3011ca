// The child's side of a start, between the clone and the program: system calls only, no memory, no locks.
#pragma once

#include "process/launch.h"

namespace kedge::process {

struct ChildSetup {
  const Launch& launch;
  char* const* argv;
  char* const* env;
  char* const* shell_argv;  // the same run by /bin/sh, for a script that does not name its interpreter
  int null = -1;
  int out = -1;
  int err = -1;
  int status = -1;
  int failure = -1;  // close on exec: the parent reads its end, or the errno and the call that failed
  int join = -1;     // a cgroup.procs to join; -1: none, or joined already
};

// Executes the program, or tells `failure` why not and leaves.
[[noreturn]] void BecomeChild(const ChildSetup& setup);

}  // namespace kedge::process
