// One use of the guard `files`: its own state folder and a place to play in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "handlers/program.h"

namespace kedge::testing {

inline const std::string kGuard = KEDGE_HANDLERS "/guards/files";

class GuardCase {
 public:
  explicit GuardCase(Where where = Where::kDisk) : folder_(where) {
    std::filesystem::create_directory(state());
    std::filesystem::create_directory(place());
  }
  std::string state() const { return folder_ / "state"; }
  std::string place() const { return folder_ / "place"; }
  std::string operator/(const std::string& name) const { return place() + "/" + name; }
  Environment environment() const { return {{"KEDGE_STATE_DIR", state()}}; }

  std::vector<std::string> Command(const std::string& verb, const std::vector<std::string>& items) const {
    std::vector<std::string> argv = {kGuard, verb};
    argv.insert(argv.end(), items.begin(), items.end());
    return argv;
  }
  Finished Call(const std::string& verb, const std::vector<std::string>& items) const {
    return Run(Command(verb, items), environment());
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace kedge::testing
