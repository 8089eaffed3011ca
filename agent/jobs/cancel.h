// The operator's door over MQTT: kedge/things/<thing>/cancel and the answers to it. Pure. Ours, not AWS's;
// the format is in PROTOCOL.md.
#pragma once

#include <string>
#include <string_view>

#include "core/event.h"
#include "core/result.h"
#include "jobs/requests.h"
#include "jobs/topics.h"

namespace kedge::jobs {

struct CancelMessage {
  std::string token;  // goes back with the answer; "" when there was none that is legal
  // `request` is left 0 for the daemon to number; `origin` is "topic <the topic>". The error (kInvalid) is
  // what the answer says: a request that is not understood is refused, never guessed at.
  Result<CancelRequested> request;
};

// An empty payload is {}: call off, gracefully, whatever is current. Never throws.
CancelMessage DecodeCancel(const Topics& topics, std::string_view payload);

struct CancelAnswer {
  std::string token;
  bool accepted = false;
  std::string text;  // for people
};

Message Encode(const Topics& topics, const CancelAnswer& answer);

}  // namespace kedge::jobs
