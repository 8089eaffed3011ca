// What was recorded against what is there. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/files/manifest.h"

namespace kedge::files {

// `pin` holds what `is` describes, of the same type as the entry. Files are compared by size and digest,
// never by time alone: a step can set the time back.
Result<bool> HasSameContent(const Entry& entry, const Node& is, const Pin& pin);
// The very inode that was recorded, not only one with the same content.
bool IsSameInode(const Node& was, const Node& is);

struct Findings {
  std::vector<std::string> differences;  // one line each, "PATH: what is, what was"
  std::vector<std::string> troubles;     // what could not be looked at, and why
};
Findings Verify(const Manifest& manifest);

}  // namespace kedge::files
