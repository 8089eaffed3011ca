// Lets chosen system calls of a start fail: the K-th one, or all from the K-th on; of the agent's side, or of
// the child's between the clone and its program.
//
// A seccomp filter hands each such call to a second thread (SECCOMP_RET_USER_NOTIF), which counts and
// decides. So nothing is counted but what is meant, and no tracer is needed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kedge::launch {

enum class Side { kAgent, kChild };

struct Fault {
  std::vector<int> calls;  // SYS_*; any of these counts
  int error = 0;           // errno
  Side side = Side::kAgent;
  int from = 1;          // which call fails, counted from Arm
  bool lasting = false;  // and all later ones
};

class FaultBox {
 public:
  // Runs `body` on a thread whose system calls `calls` can be made to fail; the threads and processes that it
  // starts are under the same filter, and are let through. Empty when it ran; else why it cannot be done
  // here.
  static std::string Run(const std::vector<int>& calls, const std::function<void(FaultBox&)>& body);

  virtual ~FaultBox() = default;
  virtual void Arm(const Fault& fault) = 0;
  virtual void Disarm() = 0;
  // How many calls have failed since Arm.
  virtual int fired() const = 0;
};

}  // namespace kedge::launch
