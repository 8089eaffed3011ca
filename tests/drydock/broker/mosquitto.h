// mosquitto as the broker of a bench: its configuration, and where it is installed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::drydock {

inline constexpr const char* kAllAddresses = "0.0.0.0";

struct Listener {
  std::string address;  // IPv4, or a name for it
  int port = 0;
};

// `folder` and `plugin` are absolute paths.
std::string MosquittoConf(const std::string& folder, const Listener& listener, const std::string& plugin);
// Where a broker with this configuration listens; nothing when it does not say.
std::optional<Listener> ReadListener(const std::string& conf);

// The name by which a client on this machine finds it.
std::string ClientHost(const Listener& listener);

struct Mosquitto {
  std::string program;
  std::string plugin;  // dynamic security
};

// Where Debian, on every architecture, and a local build put the plugin; each a pattern.
extern const std::vector<std::string> kPluginFolders;

// Looks in the folders of `path`, which is as PATH, and in those where daemons are.
Result<Mosquitto> FindMosquitto(const std::string& path,
                                const std::vector<std::string>& plugin_folders = kPluginFolders);

// Says what keeps a program from listening there now.
Result<void> CheckListener(const Listener& listener);

}  // namespace kedge::drydock
