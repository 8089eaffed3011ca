// One step of a handler folder: its verbs called as the agent calls them, with one state folder for all.
#pragma once

#include <string>
#include <vector>

#include "handlers/program.h"

namespace kedge::testing {

class HandlerCase {
 public:
  explicit HandlerCase(std::string handler) : handler_(std::move(handler)) {
    std::filesystem::create_directory(state());
    std::filesystem::create_directory(place());
  }
  std::string state() const { return folder_ / "state"; }
  std::string place() const { return folder_ / "place"; }
  std::string operator/(const std::string& name) const { return place() + "/" + name; }

  std::vector<std::string> Command(const std::string& verb, const std::vector<std::string>& args) const {
    std::vector<std::string> argv = {KEDGE_HANDLERS "/" + handler_ + "/" + verb};
    argv.insert(argv.end(), args.begin(), args.end());
    return argv;
  }
  Environment For(const std::string& verb, const std::string& expect = "") const {
    Environment environment = {{"KEDGE_VERB", verb},
                               {"KEDGE_STATE_DIR", state()},
                               {"KEDGE_GUARDS", KEDGE_HANDLERS "/guards"},
                               {"HOME", place()},
                               {"LANG", "C.UTF-8"}};
    if (!expect.empty()) environment["KEDGE_EXPECT"] = expect;
    return environment;
  }
  Finished Call(const std::string& verb, const std::vector<std::string>& args,
                const std::string& expect = "") const {
    return Run(Command(verb, args), For(verb, expect));
  }

 private:
  std::string handler_;
  TemporaryFolder folder_;
};

}  // namespace kedge::testing
