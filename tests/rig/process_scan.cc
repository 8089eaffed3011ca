#include "rig/process_scan.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "rig/files.h"

namespace kedge::rig {
namespace {

// The kernel ends each argument with a NUL.
std::string WithoutNuls(std::string text, char instead) {
  std::replace(text.begin(), text.end(), '\0', instead);
  return text;
}

pid_t PidOf(const std::string& name) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() ? pid : 0;
}

}  // namespace

std::vector<Seen> AliveNow() {
  std::vector<Seen> all;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const pid_t pid = PidOf(entry.path().filename());
    if (pid == 0 || pid == getpid()) continue;
    const std::string folder = entry.path().string();
    std::string arguments = WithoutNuls(ReadIfThere(folder + "/cmdline"), ' ');
    if (arguments.empty()) continue;  // kernel threads and zombies have none
    all.push_back({pid, std::move(arguments), WithoutNuls(ReadIfThere(folder + "/environ"), '\n')});
  }
  return all;
}

std::vector<pid_t> AliveWith(const std::string& word) {
  std::vector<pid_t> found;
  for (const Seen& seen : AliveNow()) {
    const bool has =
        seen.arguments.find(word) != std::string::npos || seen.environment.find(word) != std::string::npos;
    if (has) found.push_back(seen.pid);
  }
  return found;
}

std::string StatusOf(pid_t pid, const std::string& name) {
  const std::string text = "\n" + ReadIfThere("/proc/" + std::to_string(pid) + "/status");
  const auto at = text.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const auto from = text.find_first_not_of(" \t", at + name.size() + 2);
  return text.substr(from, text.find('\n', from) - from);
}

}  // namespace kedge::rig
