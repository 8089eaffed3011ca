// The other side of the door: what the `kedge` command asks of a running kedged. Synchronous; never for the
// daemon.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/job_execution.h"
#include "core/result.h"
#include "operator/bus.h"
#include "operator/live_output.h"

namespace kedge::op {

struct Reply {
  bool accepted = false;
  std::string text;
};

class AgentClient {
 public:
  // Tries the socket first, then the system bus. kUnavailable: no kedged runs here; the message says what was
  // tried. Who may not change anything on the socket is taken to the system bus for it: polkit may let him,
  // and may ask him for a password meanwhile.
  static Result<AgentClient> Connect(const std::string& socket, bool system_bus = true);

  Result<std::string> GetStatus();
  // What the running job has printed; LiveOutput::Since. kDenied as below.
  Result<OutputSince> GetOutput(uint64_t after);
  // An error is kDenied when the caller may not; a refusal is a Reply.
  Result<Reply> Cancel(const JobId& job, bool force, const std::string& reason);
  // Request and answer as JSON text (jobs/cancel.h); a refusal is an answer as well.
  Result<std::string> CancelExecution(const std::string& request);
  Result<Reply> Clear();
  // Another attempt to undo what could not be undone.
  Result<Reply> Rollback();
  // Has kedged read its configuration again. The text may have several lines.
  Result<Reply> Reload();
  // Returns when the status may have changed, or after `limit`. kUnavailable: kedged has gone. On the system
  // bus, changes are told from the first call on.
  Result<void> WaitForChange(std::chrono::milliseconds limit);

 private:
  // Adds the arguments; negative errno.
  using Fill = std::function<int(sd_bus_message* call)>;
  struct Line {
    Bus bus;
    bool peer_to_peer = false;
    bool listens = false;  // signals come
  };

  AgentClient(Line line, bool system_bus) : line_(std::move(line)), system_bus_(system_bus) {}
  static Result<Line> ToSocket(const std::string& socket);
  static Result<Line> ToSystemBus();
  static Result<BusMessage> Call(const Line& line, const char* member, const Fill& fill);
  // Denied on the socket, it is tried on the system bus.
  Result<BusMessage> CallWithLeave(const char* member, const Fill& fill) const;
  static Result<std::string> TextIn(const Result<BusMessage>& answer);
  Result<Reply> Change(const char* member, const Fill& fill);
  Result<void> Listen();

  Line line_;
  bool system_bus_;
};

}  // namespace kedge::op
