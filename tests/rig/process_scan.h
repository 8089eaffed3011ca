// Who is alive, told from /proc: the judge of "nothing runs on".
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace kedge::rig {

struct Seen {
  pid_t pid = 0;
  std::string arguments;    // with blanks between them
  std::string environment;  // NAME=VALUE, a line each; empty when it may not be read
};

// Every live process but this one and kernel threads; a zombie is not alive.
std::vector<Seen> AliveNow();

// Those that have `word` among their arguments or in their environment.
std::vector<pid_t> AliveWith(const std::string& word);

// The value of a line of /proc/PID/status ("SigBlk", "Uid"), blanks at its ends taken off; "" when it is
// gone.
std::string StatusOf(pid_t pid, const std::string& name);

}  // namespace kedge::rig
