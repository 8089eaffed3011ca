// What the campaign does to a device: a job for each handler and each guard, what the device is like before
// it, and how one sees, without asking Kedge, that it was done.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "field/census.h"
#include "field/web.h"

namespace kedge::field {

using nlohmann::json;

struct Scenario {
  std::string name;
  std::string group = {};  // files, packages, services, rest
  std::vector<std::string> needs =
      {};  // beneath /usr/lib/kedge; where one is not installed, there is nothing to run
  std::string prepare = "true";  // a shell script on the device: from any state to the one before the job
  json document = {};
  Subject subject = {};
  std::string status = "SUCCEEDED";  // how it ends when nobody interferes
  std::string is_done = "true";      // a shell script on the device: status 0 after SUCCEEDED
  std::string verdict = "safe";      // of a step that began and was undone
  bool is_gone_after_boot = false;   // what is_done looks at does not outlive a boot
};

std::vector<Scenario> Scenarios(const Web& web);

// A step of one handler, and a document of one step.
json HandlerStep(const std::string& handler, const std::vector<std::string>& args,
                 const json& more = json::object());
json ShellStep(const std::string& script, const json& more = json::object());
json DocumentOf(const std::vector<json>& steps);

}  // namespace kedge::field
