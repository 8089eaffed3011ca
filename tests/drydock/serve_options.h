// The command line of `drydock serve`.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "mqtt_face.h"
#include "oci/settings.h"
#include "readings.h"

namespace kedge::drydock {

struct ServeOptions {
  bool help = false;
  Broker broker;
  int64_t http_port = 0;
  std::string ready_file;           // empty: none
  std::string history;              // empty: none
  std::string store = ":memory:";   // SQLite file
  std::string files;                // folder of BUCKET/KEY files; empty: no S3
  std::vector<std::string> faults;  // rules, each a JSON object
  int64_t seed = 1;                 // of the faults that have a chance
  Readings readings;
  oci::Settings oci;
};

// An error is a sentence for the person at the keyboard.
Result<ServeOptions> ParseServeOptions(const std::vector<std::string>& words);

extern const char* const kServeHelp;

}  // namespace kedge::drydock
