// What strace wrote down: how often each process came to each system call.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kedge::faults {

using Calls = std::map<std::string, int>;  // by system call
// In the order in which they come first; pid 0 for lines without a process (strace without -f).
using CallsByProcess = std::vector<std::pair<pid_t, Calls>>;

CallsByProcess ReadTrace(const std::string& text);
// For each system call, the most that any process but `without` made of it.
Calls Most(const CallsByProcess& processes, pid_t without = -1);

}  // namespace kedge::faults
