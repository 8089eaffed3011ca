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
  bool leased = false;    // nobody can write it as long as a descriptor of it is open (HoldStill)
  std::string start;      // its first bytes, at most 256
};

// Opens `path`, which lies beneath one of `folders` (absolute; they themselves may be reached through links,
// for the config names them). kNotFound when there is nothing; kDenied with path and reason for everything
// else: not beneath a folder, "..", a link, not a regular file, not executable, or somebody else may change
// it or a folder on the way.
Result<TrustedFile> OpenTrusted(const std::string& path, const std::vector<std::string>& folders);

// Makes sure that `file` stays as it was checked until its descriptors are closed, and checks it once more:
// by a lease, with which whoever wants to write it has to wait; where there is none (another's file, a file
// system without leases), a compiled program is copied into memory and the copy takes its place. kBusy when
// somebody has it open for writing, or writes it meanwhile.
Result<void> HoldStill(TrustedFile* file);

// Writes the file's content to the descriptor `to`, called `to_path` in errors. kBusy when it is not as in
// `found` any more.
Result<void> CopyUnchanged(const TrustedFile& file, int to, const std::string& to_path);

// The same walk for a folder. Gives its path without symbolic links.
Result<std::string> CheckTrustedFolder(const std::string& path, const std::vector<std::string>& folders);

}  // namespace kedge::process
