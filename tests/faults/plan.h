// What is to go wrong in one life of the agent: one system call, at its k-th time, and how.
//
//   agent:fsync:EIO:3          kedged's third fsync fails with EIO
//   agent:fsync:EIO:3+         and each one after it, until the next life
//   all:write:SIGKILL:7        kedged and all that it starts: whoever comes to his seventh write is killed
//   there guard2:rename:ENOSPC:1     the first rename of the second call of a guard programs:execve:EIO:1 as
//   `all`, but only calls that name a guard or a step's program log:write:SIGKILL:12       kedged is killed
//   before it writes the twelfth line of its log
//
// Counted is per process, as strace does: with `all` one plan may hit more than one process.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kedge::faults {

enum class Scope { kAgent, kAll, kGuard, kPrograms, kLog };

struct Plan {
  Scope scope = Scope::kAgent;
  int call = 0;  // kGuard: which call of the guard, from 1
  std::string syscall = {};
  std::string harm = {};  // SIGKILL or the name of an errno
  int k = 1;              // from 1
  bool from_then_on = false;

  bool kills() const { return harm == "SIGKILL"; }
  bool operator==(const Plan&) const = default;
};

std::string ToString(const Plan& plan);
std::optional<Plan> PlanFrom(const std::string& words);  // nothing when it is none

// "guard2" and so on: the place without the call.
std::string ScopeName(const Plan& plan);

// The words for strace that carry it out, its own trace going to `trace`; without the program to run.
// `programs`: what kPrograms names; `log`: the file that kLog means.
std::vector<std::string> StraceWords(const Plan& plan, const std::string& trace,
                                     const std::vector<std::string>& programs, const std::string& log);

}  // namespace kedge::faults
