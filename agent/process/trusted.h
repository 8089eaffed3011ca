// Handlers are trusted because of where they lie and who can change them. Both are checked here, folder by
// folder from the root, each on an open descriptor and without following a symbolic link.
//
// A compiled handler is then executed by the descriptor that was checked, a script from a copy of what that
// descriptor holds (staged.h): never by a name that may have come to mean something else.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::process {

struct TrustedFile {
  std::string path;  // without symbolic links
  sys::Fd file;
  struct stat found {};   // as it was checked
  bool compiled = false;  // begins like an ELF file
  std::string start;      // its first bytes, at most 256
};

// Opens `path`, which lies beneath one of `folders` (absolute; they themselves may be reached through links,
// for the config names them). kNotFound when there is nothing; kDenied with path and reason for everything
// else: not beneath a folder, "..", a link, not a regular file, not executable, or somebody else may change
// it or a folder on the way.
Result<TrustedFile> OpenTrusted(const std::string& path, const std::vector<std::string>& folders);

// The same walk for a folder. Gives its path without symbolic links.
Result<std::string> CheckTrustedFolder(const std::string& path, const std::vector<std::string>& folders);

}  // namespace kedge::process
