#include "sys/watchdog.h"

#include <systemd/sd-daemon.h>

#include <utility>

#include "sys/clock.h"
#include "sys/log.h"

namespace kedge::sys {

Watchdog::Watchdog(EventLoop& loop, std::function<std::string()> stuck)
    : loop_(loop), stuck_(std::move(stuck)) {
  uint64_t limit = 0;  // microseconds
  if (sd_watchdog_enabled(0, &limit) <= 0) return;
  period_ = static_cast<int64_t>(limit / 3000);
  if (period_ > 0) Feed();
}

void Watchdog::Feed() {
  const std::string reason = stuck_();
  if (reason.empty()) NotifySystemd("WATCHDOG=1");
  if (!reason.empty() && !complained_) {
    Log(LogLevel::kError, "does not get on, and is restarted unless that changes: " + reason);
  }
  complained_ = !reason.empty();
  timer_ = loop_.At(BootMillis() + period_, [this] { Feed(); });
}

}  // namespace kedge::sys
