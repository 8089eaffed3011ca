// The command line of `drydock broker`.
#pragma once

#include <string>
#include <vector>

#include "broker/broker_folder.h"
#include "core/result.h"

namespace kedge::drydock {

struct BrokerOptions {
  bool help = false;
  std::string folder;
  Bench bench;
  bool setup_only = false;
};

// An error is a sentence for the person at the keyboard.
Result<BrokerOptions> ParseBrokerOptions(const std::vector<std::string>& words);

extern const char* const kBrokerHelp;

}  // namespace kedge::drydock
