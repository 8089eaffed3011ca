// What all benches of one sweep share: a temporary folder (in memory when we are root, for nobody cuts the
// power here and an fsync costs nothing there), the steps' programs, and a guards' folder in which a chosen
// call of a guard can be traced. Made once, before any thread; gone with this object.
#pragma once

#include <string>
#include <vector>

#include "rig/shelter.h"

namespace kedge::faults {

class Workshop {
 public:
  // `kedged`: another build than ours; empty: ours.
  explicit Workshop(std::string kedged = {});

  std::string Folder(const std::string& name) const { return shelter_.folder() + "/" + name; }
  std::string programs() const { return Folder("programs"); }
  std::string traced_guards() const { return Folder("guards"); }
  std::string guards() const;  // as they are built
  const std::string& kedged() const { return kedged_; }
  // Empty: without control groups.
  const std::string& cgroup() const { return shelter_.cgroup(); }

 private:
  const bool in_memory_;  // before the shelter, which is made there
  const rig::Shelter shelter_;
  const std::string kedged_;
};

// The words that run `words` where the kernel tells what is in `file` as its boot id.
std::vector<std::string> WithBootId(const std::string& file, std::vector<std::string> words);
// Can a life of kedged be told another boot id (Bench::Life::rebooted)? It takes a mount.
bool CanPretendReboot(const Workshop& workshop);

// Why no system call can be watched here; "" when strace works.
std::string WhyNoStrace(const Workshop& workshop);

}  // namespace kedge::faults
