// A rig's surroundings: a temporary folder and, where the system has them, a control group. When the
// shelter goes, everything that came of it goes too, and a guardian process sees to that even when the test
// itself is killed.
#pragma once

#include <string>

namespace kedge::rig {

class Shelter {
 public:
  Shelter();
  ~Shelter();
  Shelter(const Shelter&) = delete;
  Shelter& operator=(const Shelter&) = delete;

  const std::string& folder() const { return folder_; }
  // The folder's name: nothing else on this machine is called so.
  const std::string& marker() const { return marker_; }
  // A control group of version 2 for the agent's tasks; empty where none can be made.
  const std::string& cgroup() const { return cgroup_; }

 private:
  std::string folder_;
  std::string marker_;
  std::string cgroup_;
  int lifeline_ = -1;  // the guardian reads the other end
};

}  // namespace kedge::rig
