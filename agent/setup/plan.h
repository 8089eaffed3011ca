// What a set-up is going to do, worked out before anything is done: the new configuration, and which files go
// where.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "core/result.h"
#include "setup/ask.h"
#include "setup/install.h"
#include "setup/options.h"

namespace kedge::setup {

// One of the three files of mutual TLS.
struct Credential {
  std::string key;      // in kedge.yaml: "broker.ca"
  std::string name;     // what it is called beside kedge.yaml: "ca.pem"
  std::string from;     // where it is now
  std::string to;       // where the configuration will name it
  bool managed = true;  // is copied, or gets the right owner and mode; false: is used as it is
  std::string content;  // of a managed one
};

struct Plan {
  std::string path;                     // of kedge.yaml
  std::optional<std::string> old_text;  // of it; none: it is new
  std::string text;                     // that it will have
  Config config;                        // what that says
  std::vector<Credential> credentials;  // none without TLS
  std::string user;                     // that kedge-link runs as; empty: ours, for we are not root
  Owner link_owner;                     // of what that user has to read and nobody else may
  std::vector<std::string> changes;     // "broker.endpoint: a -> b", of a configuration that is there
  // In the order in which they are to be written; the configuration is the last.
  std::vector<File> Files() const;
};

// Asks `terminal` (null: nobody is there) for what neither the options nor the present configuration say.
// Errors: kInvalid what was said or what is there cannot be used; kNotFound, kDenied a file cannot be read;
// kUnavailable the questions were broken off.
Result<Plan> MakePlan(const Options& options, Terminal* terminal);

}  // namespace kedge::setup
