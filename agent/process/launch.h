// Everything a child needs, made ready in the parent: after the clone the child may only make system calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "process/children.h"
#include "process/identity.h"
#include "process/staged.h"
#include "sys/files.h"

namespace kedge::process {

inline constexpr int kStatusFd = 3;  // in the child: what KEDGE_STATUS_FD names

struct Launch {
  std::string path;              // absolute; of a staged script: its interpreter
  sys::Fd program;               // a trusted compiled program: executed by this very descriptor; else none
  std::optional<Staged> staged;  // a trusted script: the copy that runs, for as long as the task lives
  std::vector<std::string> argv;
  // The same run by /bin/sh, for a script that does not name its interpreter; empty for what is none.
  std::vector<std::string> shell_argv;
  std::vector<std::string> env;  // "NAME=value"
  std::string working_folder;
  bool change_user = false;
  Identity user;
};

// The error says what is wrong with the spec, on this machine: program, user, environment.
Result<Launch> Prepare(const ChildSpec& spec);

}  // namespace kedge::process
