// Asks polkit whether a caller on the system bus may do what only root may by himself. Private to the
// operator room.
//
// polkit decides by systemd/org.kedge.agent1.policy and the administrator's rules, and may let the caller
// authenticate meanwhile, if the caller allows that. It is never waited for. A bus without polkit, or a
// polkit that does not answer, is a no.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

#include "operator/door.h"
#include "operator/pending_calls.h"

namespace kedge::op {

struct PolkitLimits {
  std::chrono::milliseconds rule{20000};     // a decision by rules
  std::chrono::milliseconds person{120000};  // with somebody who types a password
};

class Polkit {
 public:
  using Limits = PolkitLimits;
  explicit Polkit(Limits limits) : limits_(limits) {}

  // `call` is from `uid`, by `bus`. Either `then` is called, or the call is answered with AccessDenied,
  // InteractiveAuthorizationRequired or LimitsExceeded. Returns as Door::AskLeave does.
  int Ask(sd_bus* bus, sd_bus_message* call, uid_t uid, const Wish& wish, std::function<void()> then);
  // Gives up what is asked; the calls are not answered. For when the bus is gone.
  void Clear();

 private:
  struct Question;
  void OnAnswer(const Question& question, sd_bus_message* reply);

  const Limits limits_;
  uint64_t next_ = 1;
  std::map<uid_t, int> open_;  // questions by who is asked about
  int all_ = 0;
  PendingCalls calls_;
};

}  // namespace kedge::op
