// Where each value of a configuration comes from, for `kedge config`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config.h"
#include "core/result.h"

namespace kedge {

struct ConfigValue {
  std::string key;    // "broker.keep_alive"
  std::string value;  // as the file would say it
  int line = 0;       // of the file, from 1; 0: the file does not say, this is the default
};

// Every key, in the order of config/kedge.yaml. `text`: what `config` was read from; empty: there is no file.
// kInvalid: not YAML.
Result<std::vector<ConfigValue>> DescribeConfig(const Config& config, std::string_view text);

}  // namespace kedge
