// kedged of this build on what another machine left: its state folder and its files, mounted in the places
// where that machine has them. Without a broker, as a device is before its network is up.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rig/program.h"

namespace kedge::board {

class NativeAgent {
 public:
  // `folder`: for its configuration, sockets and log. Its state is in /var/lib/kedge.
  explicit NativeAgent(const std::string& folder);

  // Starts it and waits until what was interrupted is undone (`kedge wait recovered`). "": so it is; else
  // what it says.
  std::string Recover();
  nlohmann::json Kedge(const std::vector<std::string>& words) const;  // with --json; null when it fails
  std::string Log() const { return kedged_.Log(); }
  void Stop() { kedged_.Stop(); }

 private:
  rig::Finished Run(const std::vector<std::string>& words) const;

  const std::string folder_;
  rig::Program kedged_;
};

}  // namespace kedge::board
