// A bus of a test's own: a real dbus-daemon that programs find as the system bus, with the shipped policy
// file.
#pragma once

#include <sys/types.h>

#include <string>

#include "operator/served_agent.h"

namespace kedge::op {

class PrivateBus {
 public:
  enum class Policy { kShipped, kOpen };
  // Only one at a time: it is found by an environment variable.
  explicit PrivateBus(Policy policy = Policy::kShipped);
  ~PrivateBus();
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  void Stop();

 private:
  TemporaryFolder folder_;
  pid_t pid_ = 0;
};

// Before the name of a method: a call with a client that is not ours.
inline const std::string kBusctlCall =
    "busctl --system call org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 ";
inline const std::string kGdbusCall =
    "gdbus call --system --dest org.kedge.Agent1 --object-path /org/kedge/Agent1 --method org.kedge.Agent1.";

// The agent asks for its name in the background: calls until it is there.
Outcome FirstCall();

}  // namespace kedge::op
