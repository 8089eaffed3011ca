// Runs apt, dpkg and the guard `files`: no shell, no input, a clean environment, output caught.
#pragma once

#include <string>
#include <vector>

#include "guards/program/program.h"

namespace kedge::packages {

using Arguments = std::vector<std::string>;

struct Ran : guards::Ended {
  bool ok() const { return status == 0; }
  // The last line of stderr that says something: the reason for a person.
  std::string Reason() const;
};

// Waits until the program has ended, however long that takes: dpkg is not to be cut off. `more` are variables
// NAME=VALUE beside those that every program gets. kNotFound: there is no such program on the search path.
Result<Ran> RunProgram(const Arguments& argv, const std::vector<std::string>& more = {},
                       const std::string& folder = "");

std::vector<std::string> Lines(const std::string& text);

}  // namespace kedge::packages
