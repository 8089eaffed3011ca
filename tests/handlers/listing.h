// A full listing of a tree, made without any code of the guard: the judge of what was really put back.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace kedge::testing {

struct Listed {
  std::string facts;    // type, mode, owner, mtime, names, xattrs, link target, which other name it shares
  std::string content;  // of a file, all of it
  bool operator==(const Listed&) const = default;
};
using Listing = std::map<std::string, Listed>;  // by path; what is absent is not listed

// Each of `paths` and everything beneath.
Listing List(const std::vector<std::string>& paths);

// One line for each path that differs; "" when the listings are the same.
std::string Diff(const Listing& before, const Listing& after);

}  // namespace kedge::testing
