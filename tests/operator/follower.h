// A program that goes on telling: started, read until it has said something, and ended. For `busctl monitor`
// and `gdbus monitor`.
#pragma once

#include <string>
#include <vector>

#include "sys/files.h"

namespace kedge::op {

class Follower {
 public:
  explicit Follower(const std::vector<std::string>& argv);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Whether it has said `part`, on either stream; waits for it, for a limited time.
  bool Says(const std::string& part);
  // All that it has said so far.
  const std::string& said() const { return said_; }

 private:
  pid_t pid_ = -1;
  sys::Fd from_;
  std::string said_;
};

}  // namespace kedge::op
