// The pending list of each thing as it was before its last change, for the fault "stale": a service of the
// field answers so for a moment, the job that it has just announced not there yet, or the finished one still
// at the head.
//
// "As it was" is what the service's events said: `$next` is what the last but one notify-next carried, the
// lists are those of the last but one notify. Before the second event of its kind, and after a restart, that
// is nothing at all. PURE.
#pragma once

#include <map>
#include <string>

#include "mqtt_api.h"

namespace kedge::drydock {

// get, start-next and describe-next.
bool LooksAtTheList(Operation operation);

class StaleList {
 public:
  void Note(const Event& event);

  // The payload of the acceptance of a request that looks at the list, and that the service would accept.
  // Nothing is started by it.
  std::string Payload(const Request& request, Instant now) const;

 private:
  struct Told {
    std::string last;
    std::string last_but_one;
    void Take(const std::string& payload);
  };
  struct Things {
    Told notify;
    Told notify_next;
  };
  std::map<std::string, Things> things_;
};

}  // namespace kedge::drydock
