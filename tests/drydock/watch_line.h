// One entry of drydock's history as one line for a person. PURE.
//
//   12:00:01.123  pi-1          -->      update j1 IN_PROGRESS v2 accepted  {"step":"1/2"}
//   12:00:01.124  pi-1          <--      notify-next j2 QUEUED
//   12:00:07.500                operator CancelJobExecution j2 pi-1 404 ResourceNotFoundException
//
// --> is from a device to the service, <-- from the service to a device. ASCII but for what others wrote, for
// serial consoles; of that, control characters are replaced, so that nothing can move the cursor.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace kedge::drydock {

struct Look {
  std::size_t width = 0;  // of the terminal, in characters; 0: lines are never cut
  bool colour = false;
};

// `time` stands first, as it is. An entry of an unknown kind is shown as it came; the line has no line feed.
std::string WatchLine(const std::string& time, const nlohmann::json& entry, const Look& look);

}  // namespace kedge::drydock
