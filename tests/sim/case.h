// One schedule, run from the beginning: to find out whether it holds, to shrink one that does not, and to
// tell it as a story.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/world.h"

namespace kedge::sim {

struct Case {
  const Scenario* scenario = nullptr;
  Options options;
  std::vector<Fault> faults;  // sorted by `at`; message faults count messages
  // What lies beneath the journal; nullptr: nothing, it is a value.
  Result<std::shared_ptr<Disk>> (*open_disk)() = nullptr;
};

// What is broken; empty: it holds. `story` is filled unless nullptr.
std::vector<std::string> RunCase(const Case& c, std::vector<std::string>* story = nullptr);

// The same breach with as few faults as possible, each as early as possible.
Case Shrink(Case c);

// "I1", "I5", ...: which rule a breach is about.
std::string RuleOf(const std::string& broken);

}  // namespace kedge::sim
