// Other programs that a guard calls: an argument vector and never a shell, no input, output caught.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::guards {

struct Call {
  std::vector<std::string> argv;         // the first is looked up on PATH, unless it has a '/'
  std::vector<std::string> environment;  // NAME=VALUE, all of it
  std::string folder{};                  // to run in; empty: ours
  std::optional<std::chrono::milliseconds>
      limit{};  // then it is killed; absent: it may take as long as it likes
};

struct Ended {
  int status = -1;  // exit status; 128 + the number of the signal that ended it
  std::string out;
  std::string err;
};

// Waits until the program has ended; not for what it has left running, which may hold on to its output.
// kNotFound: there is no such program; kBusy: it had not ended after the limit.
Result<Ended> Run(Call call);

// Our own environment, with `variables` in the place of those of the same name.
std::vector<std::string> EnvironmentWith(const std::vector<std::string>& variables);

// The last line of `text` that is not blank: what a program says when it fails.
std::string LastLine(const std::string& text);

}  // namespace kedge::guards
