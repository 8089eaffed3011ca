// Files that are put in place together: each whole and durable or not at all, what was there kept beside as
// FILE.bak, and all of them as before when one cannot be written.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::setup {

using sys::Owner;

struct File {
  std::string path;  // its folder is made when missing
  std::string content;
  mode_t mode = 0644;
  Owner owner;
};

// Whole and on the disk, under its name, with its owner: no moment at which another user could read it.
Result<void> Write(const File& file);

// In this order. Gives the paths that were written; what is as it should be already is left alone.
Result<std::vector<std::string>> Install(const std::vector<File>& files);

}  // namespace kedge::setup
