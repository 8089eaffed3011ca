// The keys of kedge.yaml as a table: what each is called, what it takes, which member it fills. Private to
// config.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config.h"
#include "config_tree.h"

namespace kedge {

// Called for each thing that is wrong, with the place where it stands.
using Report = std::function<void(const YamlNode& where, const std::string& what)>;

struct ConfigKey {
  std::string path;  // "broker.keep_alive"
  // Never called with kNothing. Leaves the member alone when it reports.
  std::function<void(const YamlNode& value, Config& config, const Report& report)> read;
  std::function<std::string(const Config& config)> print;
};

// In the order of config/kedge.yaml.
std::vector<ConfigKey> ConfigKeys();

// A word of the file inside a message: printable, and not longer than a line takes.
std::string InQuotes(const std::string& text);

}  // namespace kedge
