// Changes the rules of a broker that runs, as mosquitto_ctrl would: the dynamic security plugin takes
// commands on a topic of its own, from the admin.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::drydock {

struct AdminAccount {
  std::string host;
  int port = 0;
  std::string ca;  // files
  std::string cert;
  std::string key;
};

// Each command is done, or was before: then the broker has saved it too.
Result<void> SendCommands(const AdminAccount& admin, const std::vector<nlohmann::json>& commands);

}  // namespace kedge::drydock
