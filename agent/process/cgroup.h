// Control groups, version 2, used for one thing: to hold all processes of a task so that none gets away. No
// controller is enabled, so the agent may live in a parent of its tasks' groups.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <set>
#include <string>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::process {

// The control group of one task: a folder. All descriptors that ending it needs are opened when it is made,
// for then is the time to find out that there are none left.
class Cgroup {
 public:
  // Makes the group, and the folder it is made in if that is gone. One that is there and empty (a crash left
  // it) is taken over; kBusy when something lives in it.
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
  // Removes the group and those beneath it, as far as they are empty.
  void Remove();

 private:
  Cgroup() = default;

  std::string path_;
  sys::Fd folder_;
  sys::Fd procs_;
  sys::Fd events_;
  sys::Fd kill_;  // empty before Linux 5.14
};

}  // namespace kedge::process
