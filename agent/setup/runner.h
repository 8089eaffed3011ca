// Other programs that `kedge setup` needs: kedge-link to try the connection, systemctl to start the services.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "setup/interrupt.h"

namespace kedge::setup {

struct Ran {
  bool succeeded = false;
  std::string how;  // it ended: "exit status 1"
  std::string out;
  std::string err;
};

// Runs it to its end, or until it is interrupted (kUnavailable), or too long (kUnavailable); whatever it
// started is gone afterwards. `user`: empty is ours. kNotFound: it could not be started. `cut_short`: gets
// what it had written when it was too long.
Result<Ran> RunProgram(const std::vector<std::string>& argv, const std::string& user,
                       const std::map<std::string, std::string>& more_environment,
                       std::chrono::milliseconds limit, Interrupt& interrupt, Ran* cut_short = nullptr);

}  // namespace kedge::setup
