// Faults on demand: the rules that are there (fault.h), and what they do to each message. PURE: the dock
// carries the decision out.
//
// The same seed, rules and sequence of messages give the same faults. A rule with a chance draws a number for
// each message that it fits and that it does not skip, in the order of the messages and, for one message, of
// the rules: what comes in another order gets other faults.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "fault.h"
#include "http_call.h"
#include "mqtt_api.h"

namespace kedge::drydock {

// What is to be done to a request before the service sees it, and after. `fired` everywhere: by which rules.
struct RequestFate {
  bool lost = false;
  std::string reject_with;  // empty: no
  bool cancel_before = false;
  bool cancel_after = false;
  bool stale = false;
  std::vector<std::string> cut;  // connections of these clients, before the answer
  std::vector<Fault> fired;
};

// What is to be done to a message of the service.
struct SendFate {
  std::vector<std::chrono::milliseconds> copies;  // when each is sent, from now; empty: it is lost
  std::optional<std::chrono::milliseconds> hold;  // what would be sent now waits for the next one, so long
  std::vector<std::string> cut;                   // after it
  std::vector<Fault> fired;
};

struct HttpFate {
  std::string reject_with;             // empty: no
  std::chrono::milliseconds delay{0};  // of the reply
  std::vector<Fault> fired;
};

class Faults {
 public:
  explicit Faults(uint64_t seed = 1) : random_(seed) {}

  // The new rule's id.
  Outcome<int64_t> Add(const nlohmann::json& rule);
  bool Remove(int64_t id);
  void Clear() { faults_.clear(); }
  nlohmann::json List() const;

  // Each uses up the counts of the rules that fit.
  RequestFate Meet(const Request& request);
  // `request` is what a reply answers; null for events.
  SendFate Meet(const Publication& publication, const Request* request);
  HttpFate Meet(const HttpCall& call);

 private:
  // What the rules look at.
  struct Seen {
    Fault::On on;
    std::string thing;
    std::string operation;
    std::string status;
    bool of_the_list;  // a request that looks at the pending list
  };
  static Seen Look(Fault::On on, const std::string& thing, const Request* request);
  std::vector<Fault> Fire(const Seen& seen);
  bool Happens(double chance);

  std::vector<Fault> faults_;
  int64_t last_id_ = 0;
  std::mt19937_64
      random_;  // its numbers are the same everywhere; those of the library's distributions are not
};

}  // namespace kedge::drydock
