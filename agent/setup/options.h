// What stands behind `kedge setup`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::setup {

struct Options {
  // What the configuration is to say; absent: as it is, or asked for.
  std::optional<std::string> thing, endpoint, port, client_id, certificate, key, ca, user;
  std::string config;        // empty: the standard file
  std::string link_program;  // empty: the installed kedge-link
  bool in_place = false;     // leave the three files where they are
  bool check = false;        // change nothing
  bool start = true;         // the services
  bool yes = false;          // to every question
  bool force = false;        // although a job runs
  bool json = false;
};

// An error is a line that says what to type.
Result<Options> ParseOptions(const std::vector<std::string>& arguments);

}  // namespace kedge::setup
