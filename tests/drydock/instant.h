// Drydock's time: milliseconds of the wall clock. The core never reads a clock; each call is told the time.
#pragma once

#include <chrono>
#include <cstdint>

namespace kedge::drydock {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// What MQTT payloads and the data plane carry.
inline int64_t WholeSeconds(Instant t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

// What the control plane carries: seconds with a fraction of milliseconds.
inline double FractionalSeconds(Instant t) {
  return static_cast<double>(t.time_since_epoch().count()) / 1000.0;
}

}  // namespace kedge::drydock
