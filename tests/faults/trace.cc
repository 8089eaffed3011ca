#include "faults/trace.h"

#include <algorithm>
#include <cctype>

#include "rig/files.h"

namespace kedge::faults {
namespace {

Calls& Of(pid_t pid, CallsByProcess& processes) {
  const auto found = std::find_if(processes.begin(), processes.end(),
                                  [pid](const auto& process) { return process.first == pid; });
  return found == processes.end() ? processes.emplace_back(pid, Calls()).second : found->second;
}

}  // namespace

// "1234  write(2, ..." with -f, "write(2, ..." without. Other lines ("<... write resumed>", "+++ exited")
// begin with no name.
CallsByProcess ReadTrace(const std::string& text) {
  CallsByProcess processes;
  for (const std::string& line : rig::Lines(text)) {
    std::size_t at = 0;
    pid_t pid = 0;
    while (at < line.size() && std::isdigit(static_cast<unsigned char>(line[at])) != 0) {
      pid = pid * 10 + (line[at++] - '0');
    }
    while (at < line.size() && line[at] == ' ') ++at;
    const auto paren = line.find('(', at);
    if (paren == std::string::npos || paren == at) continue;
    const std::string name = line.substr(at, paren - at);
    const bool is_name = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
    });
    if (is_name) ++Of(pid, processes)[name];
  }
  return processes;
}

Calls Most(const CallsByProcess& processes, pid_t without) {
  Calls most;
  for (const auto& [pid, calls] : processes) {
    if (pid == without) continue;
    for (const auto& [name, count] : calls) most[name] = std::max(most[name], count);
  }
  return most;
}

}  // namespace kedge::faults
