// One rule that makes something go wrong, as a value and as JSON (README.md, "Break it"):
//
//   {"on": "request" | "reply" | "notify" | "notify-next" | "http",
//    "do": ..., what fits to `on`:
//      request            drop, reject, cancel-before, cancel-after, stale, disconnect
//      reply, notify…     drop, delay, duplicate, reorder, disconnect
//      http               reject, delay
//    "thing": "pi-1", "operation": "update", "status": "SUCCEEDED",   absent: any
//    "skip": 0, "count": 1, "chance": 0.1,    pass so many; then so often (absent: always); then by chance
//    "ms": 500, "code": "RequestThrottled", "client": "pi-1"}         of delay…, of reject, of disconnect
//
// A rule that is misspelt, or that could never fire, would be a fault that never happens and a test that
// shows nothing: each is refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "outcome.h"

namespace kedge::drydock {

struct Fault {
  // What it happens to. The first is what a device sends, the next three what the service sends to it, the
  // last a call of AWS's HTTP planes.
  enum class On { kRequest, kReply, kNotify, kNotifyNext, kHttp };
  enum class Do {
    kDrop,
    kReject,        // answered with `code`, without asking the service
    kCancelBefore,  // the execution that the request names is force-cancelled just before it is served
    kCancelAfter,   // ... and just after
    kStale,         // answered as if the pending list had not changed the last time (stale_list.h)
    kDelay,
    kDuplicate,   // a second copy goes out `delay` after the first
    kReorder,     // held back until the next message to the thing has been sent, at most for `delay`
    kDisconnect,  // the thing's connection is cut: before a request is answered, after a message is sent
  };

  int64_t id = 0;
  On on = On::kReply;
  Do act = Do::kDrop;
  std::string thing;      // empty: any
  std::string operation;  // empty: any; of kHttp: AWS's name for it
  std::string status;     // empty: any
  int64_t skip = 0;
  std::optional<int64_t> count;  // how often still; absent: until it is removed
  double chance = 1;             // above 0, at most 1
  std::chrono::milliseconds delay{0};
  std::string code;
  std::string client;  // the MQTT client id; empty: the thing's name
};

std::string_view ToString(Fault::Do act);

// What can be done on what, and with which codes: {"http": {"delay": [], "reject": ["RequestThrottled", …]},
// …}
nlohmann::json KnownFaults();

// Everything but the id.
Outcome<Fault> ReadFault(const nlohmann::json& rule);
nlohmann::json ToJson(const Fault& fault);

}  // namespace kedge::drydock
