// A board with Kedge on it and its surroundings: the broker and drydock beside it on this machine, which the
// board reaches as 10.0.2.2. Started by run.sh, which says where the image is. What goes wrong throws
// std::runtime_error with the end of the board's journal or console.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "board/machine.h"
#include "rig/rig.h"

namespace kedge::board {

using nlohmann::json;

class Board {
 public:
  // The image of run.sh with certificates and a configuration for its broker; without power yet.
  Board();
  ~Board();

  Machine& machine() { return machine_; }
  rig::Rig& rig() { return rig_; }
  rig::Service& service() { return rig_.service(); }
  // What run.sh says: a package like the installed one, with a higher version.
  static std::string NextPackage();

  // Boots and waits until the agent is connected.
  void Start();
  void WaitForLink();
  void WaitUntil(const std::string& what, const std::function<bool()>& is_true);

  // The engineer's terminal: /usr/bin/aws, with drydock as its endpoint. Its JSON; null when it prints
  // nothing. Throws when it fails.
  json Aws(const std::vector<std::string>& words);
  void CreateJob(const std::string& job, const json& document);  // by aws iot create-job
  void CreateFromTemplate(const std::string& job, const std::string& name, const json& parameters);
  void ForceCancel(const std::string& job);  // by aws iot cancel-job-execution --force

  std::string WaitForEnd(const std::string& job);     // at the service; gives the status
  void WaitForRest();                                 // of the device: connected and idle, or in quarantine
  json Kedge(const std::vector<std::string>& words);  // on the board, with --json; null when it fails
  std::string Verdict(const std::string& job);
  std::string Story(const std::string& job);  // for people

  // Type, mode, owner, link target and SHA-256 of all that is in the folder on the board.
  std::string Listing(const std::string& folder);

 private:
  rig::Rig rig_;
  Machine machine_;
};

}  // namespace kedge::board
