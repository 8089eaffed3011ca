// The lock that apt, aptitude and unattended-upgrades take before they use dpkg. Whoever holds it is alone.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::packages {

class FrontendLock {
 public:
  // Waits for whoever holds dpkg, `most` at the longest. kBusy: still held then; the message names who holds
  // it.
  static Result<FrontendLock> Take(std::chrono::seconds most);
  // What dpkg has to be told in its environment when the lock is ours.
  static std::vector<std::string> Variables() { return {"DPKG_FRONTEND_LOCKED=1"}; }

 private:
  explicit FrontendLock(sys::Fd held) : held_(std::move(held)) {}
  sys::Fd held_;
};

// Whether somebody is changing /etc/passwd and its like now: each who does holds one lock from before its
// first temporary file until after its last (lckpwdf(3)).
bool AreAccountsLocked();

}  // namespace kedge::packages
