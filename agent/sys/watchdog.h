// Tells systemd's watchdog (WatchdogSec of the unit) that the program gets on. Told from the event loop, and
// only while the program says that its work gets on too: a loop that hangs, or turns without getting
// anywhere, is restarted by systemd.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sys/event_loop.h"

namespace kedge::sys {

class Watchdog {
 public:
  // `stuck` gives the reason for which the work does not get on; empty: it does. Called on the loop, three
  // times in each span of the watchdog. Does nothing where systemd expects nothing. Throws std::system_error
  // (event_loop.h).
  Watchdog(EventLoop& loop, std::function<std::string()> stuck);

 private:
  void Feed();

  EventLoop& loop_;
  std::function<std::string()> stuck_;
  int64_t period_ = 0;  // milliseconds; 0: no watchdog
  bool complained_ = false;
  Handle timer_;
};

}  // namespace kedge::sys
