// `kedge import-config`: the JSON configuration of AWS's IoT Device Client as a kedge.yaml, and a list of
// what has no equivalent, with what to do instead. config/MIGRATION.md is the page around it.
//
// Looks at the files that the configuration names, and at two that the Device Client reads by itself in
// ~/.aws-iot-device-client: what fleet provisioning has left (its certificate and name count more than the
// configuration's), and the proxy's configuration. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::op {

struct ImportedConfig {
  std::string yaml;
  // What has to be done before Kedge can start with it, in order; a command for root begins with two blanks.
  std::vector<std::string> to_do;
  // "MEMBER: why, and what instead", one for each thing that could not be taken over.
  std::vector<std::string> left_out;
};

// `name` stands for the file in messages and in the result. kInvalid: not JSON, or values of a wrong type or
// range; every one is named, one a line.
Result<ImportedConfig> ImportDeviceClientConfig(const std::string& text, const std::string& name);

// {"yaml": S, "toDo": [S, ...], "leftOut": [S, ...]}, as above.
std::string ImportedJson(const ImportedConfig& imported);

}  // namespace kedge::op
