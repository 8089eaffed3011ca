// The command line of kedged.
#pragma once

#include <string>

namespace kedge {

struct KedgedOptions {
  std::string config;  // empty: the standard file, which may be missing in a local run
  bool check = false;
  std::string run;    // the job document of a local run; empty: the daemon
  bool json = false;  // of a local run
};

// Gives an exit status when there is nothing to run (it has said why), else -1.
int ParseOptions(int argc, char** argv, KedgedOptions* options);

}  // namespace kedge
