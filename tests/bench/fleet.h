// Simulated things: each a connection of its own to the broker, working off its queue as a device does, with
// nothing to do in between: asks for the next job, starts it, ends it, asks again. Many of them in one
// process.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace kedge::bench {

struct FleetBroker {
  int port;  // on localhost, TLS
  std::string ca;
  std::string certificate;  // one for all: the broker of a rig has no rules by thing
  std::string key;
};

struct Tally {
  int64_t ended = 0;                  // executions whose SUCCEEDED was accepted
  int64_t rejected = 0;               // requests that the service refused
  int64_t stray = 0;                  // acceptances that the thing was not waiting for
  std::vector<int64_t> update_nanos;  // of each update: from the sending to its acceptance
};

class Thing;

class Fleet {
 public:
  // thing-1 … thing-N, connected and subscribed. Throws std::runtime_error when they cannot be.
  Fleet(const FleetBroker& broker, int things);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  static std::string NameOf(int index) { return "thing-" + std::to_string(index + 1); }

  // Lets all begin. Returns when `executions` have ended; throws when nothing ends for so long.
  void WorkOff(int64_t executions, std::chrono::seconds patience);
  // As it is now: more may come at any time.
  Tally tally() const;

 private:
  friend class Thing;
  void Count(int64_t nanos, bool ended);
  void CountRejection();
  void CountStray();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Tally tally_;
  std::vector<std::unique_ptr<Thing>> things_;
};

}  // namespace kedge::bench
