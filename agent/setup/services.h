// The two services, by systemctl.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "setup/interrupt.h"

namespace kedge::setup {

class Services {
 public:
  explicit Services(Interrupt& interrupt) : interrupt_(interrupt) {}
  ~Services();  // starts kedge-link again if it was only to pause
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  // Whether systemd runs this machine.
  static bool AreThere();

  // Two connections of one client id throw each other out: while one is tried there must be no other.
  Result<void> PauseLink();
  // At each boot, and now; `anew`: those that run are restarted.
  Result<void> EnableAndStart(bool anew);

 private:
  Result<void> Call(const std::vector<std::string>& words);

  Interrupt& interrupt_;
  bool paused_ = false;
};

}  // namespace kedge::setup
