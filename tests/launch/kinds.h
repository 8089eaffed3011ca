// The kinds of program that the agent starts, each of them the witness.
#pragma once

#include <string>
#include <vector>

#include "process/children.h"
#include "process/workbench.h"

namespace kedge::launch {

enum class Kind { kCommand, kScript, kCompiled, kGuard };
inline constexpr Kind kKinds[] = {Kind::kCommand, Kind::kScript, Kind::kCompiled, Kind::kGuard};
std::string ToString(Kind kind);

// A folder with a handler that is a script, one that is compiled, and a guard.
class Programs {
 public:
  Programs();

  // As core makes them (agent/task_spec.cc); "" for a command, which is trusted as it is.
  std::string TrustedFolder(Kind kind) const;
  std::vector<std::string> Argv(Kind kind) const;
  process::ChildSpec Spec(Kind kind, const process::TaskName& name) const;
  const process::Folder& folder() const { return folder_; }

 private:
  process::Folder folder_;
};

}  // namespace kedge::launch
