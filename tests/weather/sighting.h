#pragma once

#include <string>

namespace kedge::weather {

// What a step 1 saw of another job when it began.
struct Sighting {
  std::string job;
  bool changed = false;  // its files are not as they were in the beginning
  bool alive = false;    // so is the daemon that it left behind
};

}  // namespace kedge::weather
