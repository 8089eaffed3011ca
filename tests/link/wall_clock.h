// The wall clock of this test program, which can be set. Clock_gettime of the C library is replaced in the
// whole process, Paho's library included; boot time and the kernel's own clock (on which a timed wait sleeps)
// go on as they are. So a thread that computed its wake-up while the clock was a day ahead, and waits for it
// after the clock was set back, sleeps for a day: what happens on a board without a real-time clock.
#pragma once

#include <chrono>

namespace kedge::link {

class WallClockAhead {
 public:
  explicit WallClockAhead(std::chrono::seconds by);
  ~WallClockAhead();  // sets it back
};

}  // namespace kedge::link
