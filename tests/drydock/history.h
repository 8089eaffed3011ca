// What happened, as JSON lines: who sent what, when, and what was decided. One line an entry:
//   {"n":1,"at":<ms since the epoch>,"kind":"mqtt-in","topic":"…","payload":"…"}
// kinds: mqtt-in, mqtt-out, http, timer, fault. Written at once, and the last ones kept for GET
// /drydock/history. Not thread safe: the dock locks around it.
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "instant.h"

namespace kedge::drydock {

class History {
 public:
  static constexpr std::size_t kKept = 20000;

  // `out` may be null; it must outlive the history.
  explicit History(std::ostream* out) : out_(out) {}

  void Record(Instant now, const char* kind, nlohmann::json members);
  // The kept entries with a number above `after`, a line each.
  std::string Since(uint64_t after) const;

 private:
  std::ostream* out_;
  uint64_t last_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace kedge::drydock
