// Control groups, version 2: they hold all processes of a task, so that none gets away, within its limits,
// and account for them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "process/children.h"
#include "sys/files.h"

namespace kedge::process {

// The control group of one task: a folder. All descriptors that ending it needs are opened when it is made,
// for then is the time to find out that there are none left.
class Cgroup {
 public:
  // Makes the group. One that is there and empty (a crash left it) is taken over; kBusy when something lives
  // in it, kNotFound when the folder that it is made in is gone.
  static Result<Cgroup> Make(const std::string& path);
  // The group that is there already; kNotFound when there is none.
  static Result<Cgroup> Open(const std::string& path);

  int folder_fd() const { return folder_.get(); }  // for clone3
  int procs_fd() const { return procs_.get(); }    // writing "0" joins
  int events_fd() const { return events_.get(); }  // EPOLLPRI whenever what Populated says may have changed
  // Whether anything is alive in it or beneath it. The kernel's own word, without a race.
  bool Populated() const;
  // Once to every process in it and beneath it, and says to whom; thaws it first. New ones may come while
  // this looks: only Kill is sure.
  std::set<pid_t> Signal(std::initializer_list<int> signals) const;
  // KILL to all of it: in one stroke (Linux 5.14) and one by one. To be repeated while Populated().
  void Kill() const;
  // Sets the limits that there are controllers for; the others are left out. The error: one of them is
  // refused.
  Result<void> Limit(const Limits& limits) const;
  // What happened in it so far. What no controller counts is 0.
  struct Account {
    int64_t oom_kills = 0;      // processes killed for want of memory
    bool at_own_limit = false;  // and it was this group's own limit
    int64_t refused_tasks = 0;  // forks refused at the limit
    int64_t peak_memory = 0;    // bytes
    std::chrono::microseconds cpu{0};
  };
  Account Read() const;
  bool CountsMemory() const;  // there is a memory controller
  // Everything that lives in it or beneath it; a picture.
  std::vector<pid_t> Members() const;
  // Removes the group and those beneath it, as far as they are empty.
  void Remove();

 private:
  Cgroup() = default;
  std::string ReadIn(const char* name) const;  // "" when there is no such file
  Result<void> WriteIn(const char* name, const std::string& text) const;

  std::string path_;
  sys::Fd folder_;
  sys::Fd procs_;
  sys::Fd events_;
  sys::Fd kill_;  // empty before Linux 5.14
};

}  // namespace kedge::process
