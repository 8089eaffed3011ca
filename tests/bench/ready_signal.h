// Stands in for systemd: hears the READY=1 that the programs started from here send (sd_notify).
#pragma once

#include <string>

namespace kedge::bench {

class ReadySignal {
 public:
  // The socket is made at `path`, and named in this process's environment for those it starts. To be made
  // before there are threads.
  explicit ReadySignal(const std::string& path);
  ~ReadySignal();
  ReadySignal(const ReadySignal&) = delete;
  ReadySignal& operator=(const ReadySignal&) = delete;

  void Forget();  // what came so far
  void Wait();    // for one that comes; throws std::runtime_error after 10 s

 private:
  int fd_;
};

}  // namespace kedge::bench
