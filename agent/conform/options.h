// What the author of a handler typed: `kedge handler-test FOLDER [OPTIONS] [-- ARG...]`. Looks at nothing but
// the current folder, against which relative paths count.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::conform {

struct Options {
  std::string handler;            // absolute: a folder with `run` in it, or a single executable file
  std::vector<std::string> args;  // with which `run` comes through
  std::optional<std::vector<std::string>> failing;  // with which it must not
  std::vector<std::string> watch;                   // absolute: what is listed before and after
  std::vector<std::vector<std::string>>
      probes;                             // commands (argv) whose output must be the same before and after
  int rounds = 20;                        // random moments of each kind, 1 to 10000
  std::optional<uint64_t> seed;           // absent: a new one, which is printed
  std::string user;                       // that the handler runs as; empty: who tests
  std::string guards;                     // absolute; empty: as the configuration says
  std::string config;                     // a file; empty: none is read, the defaults hold
  std::chrono::seconds limit{600};        // for one `run`, 1 to 604800
  std::chrono::milliseconds grace{2000};  // between TERM and KILL of a cancel, up to 600 s
  bool json = false;
  bool keep = false;  // the folder with all that the calls have left
  bool help = false;
};

// Without "kedge" and "handler-test". The error says what to type.
Result<Options> ParseOptions(const std::vector<std::string>& arguments);

}  // namespace kedge::conform
