// Where on this machine tasks may have control groups, and with which controllers.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "process/cgroup.h"

namespace kedge::process {

// The folder of the group that this process lives in; kNotFound without control groups of version 2.
Result<std::string> OwnCgroup();

// The group beneath which every task gets its own.
class CgroupHome {
 public:
  // `wished` when that is not empty, else "kedge" in our own group. Made, tried with a real process, and
  // given the controllers that can be had. For those our own group may hold no process itself: when this one
  // is the only one in there, it moves into "agent" beneath it. The error says what is missing.
  static Result<CgroupHome> Find(const std::string& wished);

  const std::string& folder() const { return folder_; }
  // What cannot be held here and why, a sentence each.
  const std::vector<std::string>& lacks() const { return lacks_; }
  // The group of a task; see Cgroup::Make. Makes the home anew should somebody have removed it.
  Result<Cgroup> MakeGroup(const std::string& name) const;

 private:
  Result<void> Prepare() const;

  std::string folder_;
  std::vector<std::string> lacks_;
};

}  // namespace kedge::process
