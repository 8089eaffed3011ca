// What stands behind `kedge doctor`. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::doctor {

struct Options {
  bool json = false;
  bool offline = false;  // nothing that needs the network
  bool quiet = false;    // only what is not ok
  bool help = false;
  std::string config;             // empty: the services' own
  std::vector<std::string> only;  // ids; empty: all
  std::string client_id;          // to try the broker by, beside a connected kedge-link; empty: none
  std::string kedged;             // programs; empty: the installed ones
  std::string kedge_link;
  std::chrono::seconds timeout{10};

  bool Wants(const std::string& id) const;
};

// An error is a line that says what to type.
Result<Options> ParseOptions(const std::vector<std::string>& arguments);

}  // namespace kedge::doctor
