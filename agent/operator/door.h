// A door: one sd-bus connection on which the agent's object is served. Private to the operator room; the two
// kinds are PeerDoor's peers and BusDoor.
#pragma once

#include <sys/types.h>

#include <functional>

#include "operator/bus.h"

namespace kedge::op {

class AgentObject;

class Door {
 public:
  explicit Door(AgentObject& object) : object_(object) {}
  virtual ~Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // Finds out who sent `call`, without waiting, then goes on with `then`, whose return value sd-bus gets:
  // negative for an error, otherwise an answer was or will be sent.
  using WithCaller = std::function<int(sd_bus_message* call, uid_t uid)>;
  virtual int Identify(sd_bus_message* call, WithCaller then) = 0;

  AgentObject& object() { return object_; }

 private:
  AgentObject& object_;
};

// Puts org.kedge.Agent1 on the connection, for as long as the slot lives. `door` outlives it.
int AddObject(sd_bus* bus, Door* door, BusSlot& slot);
// Answers the greeting that clients of a bus begin with, so that busctl and gdbus can be pointed at a peer's
// socket.
int AddGreeting(sd_bus* bus, BusSlot& slot);
// The signal StatusChanged, to whoever listens on the connection.
int EmitStatusChanged(sd_bus* bus);
// Calls `gone` with `userdata` when the connection has ended. It may not close the connection itself.
int WatchEnd(sd_bus* bus, sd_bus_message_handler_t gone, void* userdata, BusSlot& slot);

}  // namespace kedge::op
