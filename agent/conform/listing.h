// The independent judge of files: everything beneath some paths, with metadata and content hashes. Shares no
// code with the guards, whose work it judges.
//
// Compared: what there is, its type, mode, owner, extended attributes (so ACLs and capabilities), a link's
// target, which names are one file, and of everything but folders the time of change. Not compared: the time
// of a folder, which tells that something was in it for a while, and inode numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::conform {

using Listing = std::map<std::string, std::string>;  // path -> facts; what is absent is not listed

class Lister {
 public:
  // Each of `paths` (absolute) and everything beneath. The error: something is there and cannot be looked at.
  Result<Listing> List(const std::vector<std::string>& paths);

 private:
  // A content that was hashed once: a file whose time of status change, which nobody can set, is the same
  // still holds it.
  struct Known {
    int64_t changed = 0;  // nanoseconds
    int64_t size = 0;
    std::string hash;
  };
  using Inode = std::pair<uint64_t, uint64_t>;

  Result<void> Add(const std::string& path, std::map<Inode, std::string>* seen, Listing* listing);
  Result<std::string> Hash(const std::string& path);

  std::map<Inode, Known> known_;
};

// One line for each path that differs, as `PATH: what is, what was`.
std::vector<std::string> Differences(const Listing& was, const Listing& is);

}  // namespace kedge::conform
