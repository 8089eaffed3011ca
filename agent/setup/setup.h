// `kedge setup`: from three files and a name to a device that takes jobs. Asks, or takes options; tries the
// connection out; and only then writes the configuration, puts the files in place and starts the services.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::setup {

struct Doors {
  std::function<void(const std::string&)> out;  // any text
  std::function<void(const std::string&)> err;  // a sentence
  // What a kedged that listens at this socket (or at the system bus) says of itself, as JSON (StatusJson of
  // operator/).
  std::function<Result<std::string>(const std::string& socket)> status;
};

// `arguments`: what stands behind "setup". Gives the exit status: 0 done; 1 not, and everything is as it was
// unless it says otherwise; 2 wrong use.
int Setup(const std::vector<std::string>& arguments, const Doors& doors);

}  // namespace kedge::setup
