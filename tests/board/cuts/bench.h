// A board with the agent on it, on its way to a broker and drydock on this machine: what a cut needs. The
// board is not booted. To be used in a network namespace of its own (../run.sh): the board reaches this
// machine's loopback interface.
#pragma once

#include <string>

#include "board/machine.h"
#include "rig/rig.h"

namespace kedge::board {

class Bench {
 public:
  // The machine's disk gets certificates and a configuration with short delays between attempts.
  explicit Bench(Options machine);

  // The first boot; the agent is switched on, for this one and all later ones.
  void Start();

  Machine& machine() { return machine_; }
  rig::Service& service() { return rig_.service(); }

 private:
  void Place(const std::string& file, const std::string& from, const std::string& owner, unsigned mode);

  rig::Rig rig_;
  Machine machine_;
};

}  // namespace kedge::board
