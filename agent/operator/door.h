// A door: one sd-bus connection on which the agent's object is served. Private to the operator room; the two
// kinds are PeerDoor's peers and BusDoor.
#pragma once

#include <sys/types.h>

#include <functional>

#include "core/job_execution.h"
#include "operator/bus.h"

namespace kedge::op {

class AgentObject;

// What a caller wants to do. Root and the agent's own user may; another needs somebody's leave.
struct Wish {
  const char* action = "";  // its name for polkit: systemd/org.kedge.agent1.policy
  const char* what = "";    // "cancel a job": after "only root may"
  DetailsMap details{};     // for polkit's rules
};

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

  // For a caller who may not by himself: goes on with `then` if somebody who may say so lets him, else
  // answers the call with AccessDenied. Nothing is waited for. Here: nobody is there to ask.
  virtual int AskLeave(sd_bus_message* call, uid_t uid, const Wish& wish, WithCaller then);

  AgentObject& object() { return object_; }

 private:
  AgentObject& object_;
};

// Answers the call: "only root may cancel a job", and why in more words.
int Deny(sd_bus_message* call, const Wish& wish, const std::string& why = "");

// Calls `then` with `userdata` when the connection is "Connected" (if sd-bus was asked to tell) or
// "Disconnected". It may not close the connection itself.
int WatchConnection(sd_bus* bus, const char* what, sd_bus_message_handler_t then, void* userdata,
                    BusSlot& slot);

}  // namespace kedge::op
