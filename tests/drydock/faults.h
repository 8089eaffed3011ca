// Faults on demand: rules that decide, message by message, what goes wrong. PURE: the dock carries the
// decision out.
//
// A rule as JSON, as it is posted and listed:
//   {"on": "request" | "reply" | "notify" | "notify-next",
//    "do": "drop" | "reject" | "cancel-before" | "cancel-after"        (on a request)
//          "drop" | "delay" | "duplicate"                              (on what the service sends)
//    "thing": "pi-1", "operation": "update", "status": "SUCCEEDED",    (each optional: absent matches all)
//    "skip": 0, "count": 1,                                            (skip the first; then so many; absent:
//    all) "ms": 500,                                                        (delay; of a duplicate: of the
//    second copy) "code": "RequestThrottled"}                                       (of reject)
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mqtt_api.h"
#include "outcome.h"

namespace kedge::drydock {

struct Fault {
  enum class On { kRequest, kReply, kNotify, kNotifyNext };
  enum class Do { kDrop, kReject, kCancelBefore, kCancelAfter, kDelay, kDuplicate };

  int64_t id = 0;
  On on = On::kReply;
  Do act = Do::kDrop;
  std::string thing;      // empty: any
  std::string operation;  // empty: any
  std::string status;     // empty: any
  int64_t skip = 0;
  std::optional<int64_t> count;  // how often still; absent: until it is removed
  std::chrono::milliseconds delay{0};
  std::string code;
};

// What is to be done to a request before the service sees it, and after.
struct RequestFate {
  bool lost = false;
  std::string reject_with;  // empty: no
  bool cancel_before = false;
  bool cancel_after = false;
};

// When each copy of a message is sent, from now: empty when it is lost.
using SendTimes = std::vector<std::chrono::milliseconds>;

class Faults {
 public:
  // The new rule's id.
  Outcome<int64_t> Add(const nlohmann::json& rule);
  bool Remove(int64_t id);
  void Clear() { faults_.clear(); }
  nlohmann::json List() const;

  // Both use up the counts of the rules that match.
  RequestFate Meet(const Request& request);
  // `request` is what a reply answers; null for events.
  SendTimes Meet(const Publication& publication, const Request* request);

 private:
  std::vector<Fault> Fire(Fault::On on, const std::string& thing, const Request* request);

  std::vector<Fault> faults_;
  int64_t last_id_ = 0;
};

}  // namespace kedge::drydock
