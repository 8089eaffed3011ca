// Putting the units back: stopped what has to stop, files, daemon-reload, started what has to run.
#pragma once

#include <string>
#include <vector>

#include "guards/services/manifest.h"

namespace kedge::services {

struct Restored {
  std::vector<std::string> done;        // one line an action
  std::vector<std::string> complaints;  // what could not be done; the rest was
};

// Whether a service that runs as it should, but was started or reloaded since the snapshot, is started or
// reloaded again, so that it runs with the configuration that was put back.
enum class Restarted { kAgain, kKeep };

// `folder` holds the snapshot. May be killed anywhere and called again; touches only what differs.
Restored Restore(const std::string& folder, const Manifest& manifest, Restarted restarted);

}  // namespace kedge::services
