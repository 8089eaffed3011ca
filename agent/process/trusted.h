// Handlers are trusted because of where they lie and who can change them. Both are checked here, folder by
// folder from the root, each on an open descriptor and without following a symbolic link.
//
// A compiled handler is then executed by the descriptor that was checked. A script is executed by its path:
// by descriptor, its interpreter would get "/dev/fd/N" for a name, so that `dirname "$0"` breaks, and the
// descriptor would stay open in everything that the script starts. That is as safe, for every folder on the
// way has been found to be changeable by root (or the agent's own user) only, who could as well edit the
// script itself.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::process {

struct TrustedFile {
  std::string path;  // without symbolic links
  sys::Fd file;
  bool compiled = false;  // begins like an ELF file
};

// Opens `path`, which lies beneath one of `folders` (absolute; they themselves may be reached through links,
// for the config names them). kNotFound when there is nothing; kDenied with path and reason for everything
// else: not beneath a folder, "..", a link, not a regular file, not executable, or somebody else may change
// it or a folder on the way.
Result<TrustedFile> OpenTrusted(const std::string& path, const std::vector<std::string>& folders);

// The same walk for a folder. Gives its path without symbolic links.
Result<std::string> CheckTrustedFolder(const std::string& path, const std::vector<std::string>& folders);

}  // namespace kedge::process
