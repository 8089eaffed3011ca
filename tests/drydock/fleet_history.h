// From the history's lines (README.md, "See what happened") to what became of each execution, for `drydock
// report`. Looks at nothing but the lines: what the device says is what it sent. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "report/fleet.h"

namespace kedge::drydock {

class FleetHistory {
 public:
  FleetHistory();
  ~FleetHistory();

  // The lines of one history. `run` tells it from others; "" when there is one only. Lines that are no
  // entries are counted and passed over: the last one of a drydock that was killed may be half a line.
  void Read(std::string_view lines, const std::string& run);

  // In the order in which they were queued.
  std::vector<report::Outcome> Outcomes() const;
  // What should be known about the lines.
  std::vector<std::string> Notes() const;

 private:
  struct Told;  // an execution, as far as the lines have told of it
  struct Key {
    std::string run, thing, job;
    auto operator<=>(const Key&) const = default;
  };

  void Take(const nlohmann::json& entry, const std::string& run);
  void Changed(const nlohmann::json& entry, const Key& key, int64_t at);
  void Heard(const nlohmann::json& entry, const Key& key, int64_t at);
  void Sent(const nlohmann::json& entry, const std::string& run, int64_t at);
  void Faulted(const nlohmann::json& entry, const Key& key, int64_t at);
  Told* Newest(const Key& key);

  std::map<Key, std::vector<Told>> told_;  // by execution number, rising
  int64_t offset_ = 0;                     // of the service's clock in the history that is read
  bool is_running_ = false;                // that history has told of a start
  std::size_t bad_lines_ = 0;
  std::size_t jumps_ = 0;
  std::size_t restarts_ = 0;
};

}  // namespace kedge::drydock
