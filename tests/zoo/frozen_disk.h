// A file system that takes no writes until it thaws: who writes sleeps where no signal reaches.
#pragma once

#include <string>

#include "sys/files.h"

namespace kedge::zoo {

class FrozenDisk {
 public:
  // An image with ext4 in `folder`, mounted there, with one file in it; frozen.
  explicit FrozenDisk(const std::string& folder);
  ~FrozenDisk();
  FrozenDisk(const FrozenDisk&) = delete;
  FrozenDisk& operator=(const FrozenDisk&) = delete;

  // Why this machine has none; "" when it has.
  const std::string& why_not() const { return why_not_; }
  std::string file() const { return mount_point_ + "/file"; }
  void Thaw();

 private:
  std::string Make(const std::string& image);

  const std::string mount_point_;
  std::string why_not_;
  sys::Fd loop_;    // the device, which goes away with its last user
  sys::Fd inside_;  // the mount point; open while it is frozen
};

}  // namespace kedge::zoo
