// What happened, as JSON lines: who sent what, when, and what was decided. One line an entry:
//   {"n":1,"at":<ms since the epoch, by the service's clock>,"kind":"mqtt-in","topic":"…","payload":"…"}
// README.md, "See what happened", has the kinds; history_entries.h makes them. Written at once, and the last
// ones kept for GET /drydock/history. Not thread safe: the dock locks around it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "instant.h"

namespace kedge::drydock {

class History {
 public:
  // Whichever is reached first.
  static constexpr std::size_t kKept = 20000;
  static constexpr std::size_t kKeptBytes = std::size_t{32} << 20U;

  // `out` may be null; it must outlive the history. `on_broken` is told once, when it cannot be written any
  // more; from then on entries are kept here only.
  explicit History(std::ostream* out, std::function<void()> on_broken = {})
      : out_(out), on_broken_(std::move(on_broken)) {}

  // `members` is an object; a member "thing" is what the entry is found by.
  void Record(Instant now, const char* kind, const nlohmann::json& members);

  // The number of the last entry; 0: nothing has happened.
  uint64_t last() const { return last_; }
  // When the first entry was made: tells one run from the next, which counts from 1 again.
  Instant run() const { return run_; }

  // The kept entries with a number above `after`, a line each; of one thing, or (empty) all.
  std::string Since(uint64_t after, const std::string& thing = "") const;
  bool Has(uint64_t after, const std::string& thing) const;

 private:
  struct Line {
    std::string thing;
    std::string text;
  };
  std::deque<Line>::const_iterator FirstAfter(uint64_t after) const;

  std::ostream* out_;
  std::function<void()> on_broken_;
  uint64_t last_ = 0;
  Instant run_;
  std::deque<Line> lines_;
  std::size_t bytes_ = 0;  // of them
};

}  // namespace kedge::drydock
