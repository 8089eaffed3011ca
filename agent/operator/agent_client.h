// The other side of the door: what the `kedge` command asks of a running kedged. Synchronous; never for the
// daemon.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/job_execution.h"
#include "core/result.h"
#include "operator/bus.h"

namespace kedge::op {

struct Reply {
  bool accepted = false;
  std::string text;
};

class AgentClient {
 public:
  // Tries the socket first, then the system bus. kUnavailable: no kedged runs here; the message says what was
  // tried.
  static Result<AgentClient> Connect(const std::string& socket, bool system_bus = true);

  Result<std::string> GetStatus();
  // An error is kDenied when the caller may not; a refusal is a Reply.
  Result<Reply> Cancel(const JobId& job, bool force, const std::string& reason);
  Result<Reply> Clear();
  // Another attempt to undo what could not be undone.
  Result<Reply> Rollback();
  // Has kedged read its configuration again. The text may have several lines.
  Result<Reply> Reload();
  // Returns when the status may have changed, or after `limit`. kUnavailable: kedged has gone.
  Result<void> WaitForChange(std::chrono::milliseconds limit);

 private:
  AgentClient(Bus bus, bool peer_to_peer) : bus_(std::move(bus)), peer_to_peer_(peer_to_peer) {}
  Result<BusMessage> NewCall(const char* member);
  Result<BusMessage> Send(BusMessage call);
  Result<Reply> SendForReply(BusMessage call);

  Bus bus_;
  bool peer_to_peer_;
};

}  // namespace kedge::op
