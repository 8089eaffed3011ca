// The guard and the handlers of packages with a real apt and dpkg, in a root folder that is the test's own
// (packages_field.sh), and what is compared: not with the guard's means, but with what dpkg and apt say and a
// listing with hashes.
#pragma once

#include <string>
#include <vector>

#include "handlers/handler_case.h"
#include "handlers/line_diff.h"

namespace kedge::testing {

// What is there before each test: tool, lib, daemon and many 1.0 of the repository's packages, with an
// administrator's changes to their configuration and data of their own.
void SetUpPackages();

// Everything that is to be as it was, as text.
std::string LookAtPackages();

// A shell line; its output. For the test's own doings.
Finished Shell(const std::string& line);
// As above, and throws when it fails.
void MustShell(const std::string& line);

// One use of the guard.
class PackagesGuard {
 public:
  explicit PackagesGuard(std::vector<std::string> items) : items_(std::move(items)) {}
  std::string state() const { return folder_.path(); }
  std::vector<std::string> Command(const std::string& verb) const;
  Environment For(const std::string& no_way_back = "refuse") const;
  Finished Call(const std::string& verb, const std::string& no_way_back = "refuse") const {
    return Run(Command(verb), For(no_way_back));
  }

 private:
  std::vector<std::string> items_;
  TemporaryFolder folder_;
};

// Starts a program with a process namespace of its own, so that killing it kills all that it has started,
// whatever session that is in.
std::vector<std::string> Contained(const std::vector<std::string>& argv);

}  // namespace kedge::testing
