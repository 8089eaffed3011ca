#include "guards/packages/program.h"

#include <cstdlib>
#include <sstream>

namespace kedge::packages {
namespace {

std::vector<std::string> CleanEnvironment(const std::vector<std::string>& more) {
  std::vector<std::string> variables = {
      "LC_ALL=C",  // what apt prints is read
      "HOME=/root", "SHELL=/bin/sh",
      // Maintainer scripts must not ask: neither through debconf, nor ucf, nor apt-listchanges.
      "DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true", "UCF_FORCE_CONFFOLD=1",
      "APT_LISTCHANGES_FRONTEND=none", "NEEDRESTART_SUSPEND=1"};
  // What the agent finds a task's processes by, and the search path of the configuration.
  for (const char* name : {"KEDGE_TASK", "PATH", "ASAN_OPTIONS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) variables.push_back(std::string(name) + "=" + value);
  }
  variables.insert(variables.end(), more.begin(), more.end());
  return variables;
}

}  // namespace

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Ran::Reason() const {
  std::string reason = "exit status " + std::to_string(status);
  for (const std::string& line : Lines(err)) {
    if (line.find_first_not_of(" \t") != std::string::npos && !line.starts_with("W: ") &&
        !line.starts_with("N: ")) {
      reason = line;
    }
  }
  return reason;
}

Result<Ran> RunProgram(const Arguments& argv, const std::vector<std::string>& more,
                       const std::string& folder) {
  auto ended = guards::Run({argv, CleanEnvironment(more), folder});
  if (!ended) return Unexpected(ended.error());
  return Ran{*std::move(ended)};
}

}  // namespace kedge::packages
