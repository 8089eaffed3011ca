// The booted Debian device beside which run.sh starts a test: its root folder seen from outside, and commands
// run inside. What fails here throws std::runtime_error: the device is the test's surroundings, not what is
// tested.
#pragma once

#include <string>
#include <vector>

#include "rig/program.h"

namespace kedge::field {

class Device {
 public:
  // `scratch`: a folder of this machine for outputs. Throws unless run.sh (or boot.sh --outside) started this
  // program.
  explicit Device(std::string scratch);

  // Runs a program there, as root, with a clean environment; status 125 when the device is not up.
  rig::Finished Run(const std::vector<std::string>& argv) const;
  // What a shell script prints there; throws when it ends with another status than 0.
  std::string Shell(const std::string& script) const;
  bool Holds(const std::string& script) const;  // it ends with 0

  // Everything there is killed at once, and it boots again. Returns before it is up.
  void CutPower() const;

  // A path there, as this machine sees it. Not of /tmp and /run, which the device has in memory.
  std::string Path(const std::string& path) const { return root_ + path; }
  const std::string& root() const { return root_; }

  std::string BootId() const;  // another one after each boot; "" while it is down

 private:
  std::string scratch_;
  std::string inside_;
  std::string cut_;
  std::string root_;
};

}  // namespace kedge::field
