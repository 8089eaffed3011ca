// What /proc says about the processes of this machine. A picture taken while everything moves: whoever acts
// on it looks again, with the process held by its pidfd (SameProcess).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::process {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;      // as the kernel shows it: at most 15 bytes, chosen by the process itself
  char state = '?';      // as in ps: R, S, D, T, Z, ...
  uint64_t started = 0;  // clock ticks since boot
  bool alive = false;    // false: a zombie, of which only the number is left
};

std::optional<Process> ReadProcess(pid_t pid);
// "dd (1234)", and if it is in uninterruptible sleep that, and where in the kernel.
std::string Describe(const Process& process);
// Whether /proc can be looked into now. Without a descriptor to spare, all below find nobody, which proves
// nothing.
bool CanLook();
std::vector<pid_t> ReadPids();  // much faster than the whole table
std::map<pid_t, Process> ReadProcessTable();
// The number that was given out last.
std::optional<pid_t> ReadLastPid();
// Whether `then` is still there, and not a later process with its number.
bool SameProcess(const Process& then);

// Whether the environment that `pid` was started with holds exactly `assignment` ("NAME=value"). False when
// it cannot be read: another user's, a zombie's, a kernel thread's.
bool StartedWith(pid_t pid, std::string_view assignment);
// The value of the variable `name` in that environment; nullopt when it is not set, or cannot be read.
std::optional<std::string> StartedWithValue(pid_t pid, std::string_view name);

}  // namespace kedge::process
