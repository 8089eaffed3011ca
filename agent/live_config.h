// The configuration in force in a running kedged, and how it comes to another one without a restart. What a
// running job relies on does not change under it: a new configuration waits until no job is there.
#pragma once

#include <optional>
#include <string>

#include "config.h"

namespace kedge {

class LiveConfig {
 public:
  explicit LiveConfig(Config config) : now_(std::move(config)) {}

  // The same object for the whole life; its content changes in Reload and AtRest only.
  const Config& now() const { return now_; }

  struct Answer {
    bool accepted = false;
    std::string
        text;  // what was taken over, or why nothing was; several lines when the file has several mistakes
  };
  // Reads the file again. `busy`: a job is there. Refused as a whole, with nothing changed, if the file has a
  // mistake or changes what only a restart can change. Otherwise taken over: at once, or by AtRest.
  Answer Reload(bool busy);
  // No job is there: what waits is taken over. Tells what was.
  std::optional<std::string> AtRest();

 private:
  Config now_;
  std::optional<Config> waiting_;
};

// Whether a key is read once, at the start of kedged (paths, what the journal and the containment were made
// with).
bool NeedsRestart(const std::string& key);

}  // namespace kedge
