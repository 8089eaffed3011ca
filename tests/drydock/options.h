// The command line of `drydock`.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "mqtt_face.h"

namespace kedge::drydock {

struct Options {
  bool help = false;
  bool version = false;
  Broker broker;
  int http_port = 0;
  std::string ready_file;  // empty: none
  std::string history;     // empty: none
};

// `words` without the program's name. An error is a sentence for the person at the keyboard.
Result<Options> ParseOptions(const std::vector<std::string>& words);

extern const char* const kHelp;

}  // namespace kedge::drydock
