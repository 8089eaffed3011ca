// Who a child becomes, and what he may start.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "process/resolve.h"
#include "process/trusted.h"

namespace kedge::process {

// Another user to become. Looked up before the clone, for the lookup takes locks and may ask the network.
struct Identity {
  std::string name;
  unsigned uid = 0;
  unsigned gid = 0;
  std::vector<unsigned> groups;  // `gid` is one of them
};

// kNotFound with a sentence for a user that does not exist.
Result<Identity> FindIdentity(const std::string& name);

// Whether `user` can start `program` by its owner, group and mode: he has to execute what is compiled, and
// read a script, whose copy is for whom the original is. kDenied, with what to do. AWS's Device Client wants
// its handlers of mode 0700.
Result<void> CheckMayStart(const TrustedFile& program, const Identity& user);

// The same for every verb that `handler` has. `folders` as it was found in.
Result<void> CheckMayStart(const Handler& handler, const HandlerFolders& folders, const Identity& user);

}  // namespace kedge::process
