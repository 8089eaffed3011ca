#include "sim/report.h"

#include <iostream>

namespace kedge::sim {
namespace {

// A story that never ends is told by its beginning and its end.
constexpr size_t kHead = 250;
constexpr size_t kTail = 30;

}  // namespace

std::string ReplayCommand(const std::string& program, const Case& c) {
  std::string command = program + (c.options.wire ? " --wire" : "") + " --replay '" + c.scenario->name + "'";
  return command + " " + ToString(c.faults);
}

bool PrintStory(const Case& c) {
  std::vector<std::string> story;
  const auto broken = RunCase(c, &story);
  for (size_t i = 0; i < story.size(); ++i) {
    if (story.size() > kHead + kTail && i == kHead) {
      std::cout << "...\n";
      i = story.size() - kTail;
    }
    std::cout << story[i] << "\n";
  }
  for (const std::string& line : broken) std::cout << "BROKEN  " << line << "\n";
  if (broken.empty()) std::cout << "holds\n";
  return broken.empty();
}

void PrintFailure(const std::string& program, const Case& failing) {
  std::cout << "\nBROKEN\n";
  for (const std::string& line : RunCase(failing)) std::cout << "  " << line << "\n";
  std::cout << "again:  " << ReplayCommand(program, failing) << "\n";
  const Case least = Shrink(failing);
  std::cout << "shrunk: " << ReplayCommand(program, least) << "\n\n";
  PrintStory(least);
}

}  // namespace kedge::sim
