// What a failing case prints.
#pragma once

#include <string>

#include "sim/case.h"

namespace kedge::sim {

// The case as found, the command that runs it again, the shrunk one and its story.
void PrintFailure(const std::string& program, const Case& failing);
// Runs it and prints the story. True: it holds.
bool PrintStory(const Case& c);
std::string ReplayCommand(const std::string& program, const Case& c);

}  // namespace kedge::sim
