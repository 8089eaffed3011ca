// Ctrl-C and TERM while `kedge setup` works: heard of between two steps, so that none is left half done.
#pragma once

#include <chrono>

#include "sys/files.h"

namespace kedge::setup {

class Interrupt {
 public:
  Interrupt();   // blocks SIGINT, SIGTERM and SIGHUP in this process
  ~Interrupt();  // and gives them their old meaning back
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  int fd() const { return fd_.get(); }         // readable once one has come
  bool came();                                 // stays true
  void Pause(std::chrono::milliseconds time);  // shorter when one comes

 private:
  sys::Fd fd_;
  bool came_ = false;
};

}  // namespace kedge::setup
