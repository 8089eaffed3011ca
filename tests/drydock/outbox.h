// Messages of the service that are sent later: the late ones, and those that wait for the next message to
// their thing. PURE: each call is told the time.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mqtt_api.h"

namespace kedge::drydock {

class Outbox {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void Later(Publication publication, Time when);

  // Until Release(), at most until `at_last`. One a thing: false when there is one already, and then this one
  // is not taken: it is the next message that the other waits for.
  bool Hold(const Publication& publication, Time at_last);
  // A message to this thing has been sent: gives the one that waited for it.
  std::optional<Publication> Release(const std::string& thing);

  // In the order of their times.
  std::vector<Publication> TakeDue(Time now);
  std::optional<Time> Next() const;

 private:
  using Waiting = std::multimap<Time, Publication>;

  Waiting waiting_;
  std::map<std::string, Waiting::iterator> held_;  // by thing
};

}  // namespace kedge::drydock
