// Everything a child needs, made ready in the parent: after the clone the child may only make system calls.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "process/children.h"
#include "sys/files.h"

namespace kedge::process {

// Another user to become. Looked up before the clone, for the lookup takes locks and may ask the network.
struct Identity {
  std::string name;
  unsigned uid = 0;
  unsigned gid = 0;
  std::vector<unsigned> groups;
};

struct Launch {
  std::string path;  // absolute
  sys::Fd program;   // a trusted compiled program: executed by this very descriptor; else none
  std::vector<std::string> argv;
  std::vector<std::string>
      shell_argv;                // the same run by /bin/sh, for a script that does not name its interpreter
  std::vector<std::string> env;  // "NAME=value"
  std::string working_folder;
  bool change_user = false;
  Identity user;
};

// The error says what is wrong with the spec, on this machine: program, user, environment.
Result<Launch> Prepare(const ChildSpec& spec);

}  // namespace kedge::process
