// Calls to others on a bus that are under way, each with what goes on after it. Private to the operator room.
#pragma once

#include <chrono>
#include <functional>
#include <list>

#include "operator/bus.h"

namespace kedge::op {

// What is given up (Clear, the end of this) is never gone on with. sd-bus could keep the calls too, but then
// bus, call and what the call is for would keep each other alive.
class PendingCalls {
 public:
  // `reply` may be an error; also one that sd-bus makes itself, when nobody answers within the limit or the
  // connection ends.
  using Done = std::function<void(sd_bus_message* reply)>;
  PendingCalls() = default;
  PendingCalls(const PendingCalls&) = delete;
  PendingCalls& operator=(const PendingCalls&) = delete;

  // Negative errno when it could not be sent: `done` is then not called.
  int Send(sd_bus* bus, sd_bus_message* call, std::chrono::milliseconds limit, Done done);
  void Clear() { calls_.clear(); }

 private:
  struct Call {
    PendingCalls* owner;
    std::list<Call>::iterator self;
    Done done;
    BusSlot slot;
  };
  static int OnReply(sd_bus_message* reply, void* call, sd_bus_error*);

  std::list<Call> calls_;
};

}  // namespace kedge::op
