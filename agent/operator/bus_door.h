// The door on the system bus, where there is one. Private to the operator room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "operator/door.h"
#include "operator/pending_calls.h"
#include "operator/polkit.h"
#include "sys/event_loop.h"

namespace kedge::op {

class BusDoor : public Door {
 public:
  // Begins to connect; nothing is waited for. No bus is a state, not an error: see Words.
  BusDoor(sys::EventLoop& loop, AgentObject& object, PolkitLimits polkit);
  ~BusDoor() override;

  // Properties of these names have changed, or something else that the status tells.
  void EmitChange(const std::vector<std::string>& names);
  // "the system bus as org.kedge.Agent1", or why not.
  std::string Words() const { return words_; }
  bool IsServed() const { return served_; }

  int Identify(sd_bus_message* call, WithCaller then) override;
  int AskLeave(sd_bus_message* call, uid_t uid, const Wish& wish, WithCaller then) override;

 private:
  void Connect();
  int Serve();
  void Drop(const std::string& why);
  static int OnName(sd_bus_message* reply, void* self, sd_bus_error*);
  static int OnEnd(sd_bus_message*, void* self, sd_bus_error*);

  sys::EventLoop& loop_;
  std::string words_;
  bool served_ = false;
  int attempts_ = 0;
  sys::Handle retry_;
  sys::Handle drop_;
  Bus bus_;
  BusSlot object_slot_;
  BusSlot name_slot_;
  BusSlot end_slot_;
  PendingCalls lookups_;  // who is it that calls?
  Polkit polkit_;
};

}  // namespace kedge::op
