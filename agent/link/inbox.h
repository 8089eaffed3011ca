// How another thread reaches the loop: it posts what shall run there. Nothing else of the loop may be touched
// from another thread.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::link {

class Inbox {
 public:
  explicit Inbox(sys::EventLoop& loop);

  // From any thread. Runs on the loop, in the order posted; never when the Inbox is destroyed first.
  void Post(std::function<void()> action);

 private:
  void Drain();

  std::mutex mutex_;
  std::vector<std::function<void()>> actions_;
  sys::Fd wake_;
  sys::Handle watch_;
};

}  // namespace kedge::link
