// The clock's two faces. Deadlines run on boot time (CLOCK_BOOTTIME: never steps, counts suspend); wall time
// is for records only and may jump by years on a board without a real-time clock. 64 bits everywhere: armhf's
// time_t has 32.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"

namespace kedge::sys {

int64_t BootMillis();  // milliseconds since boot
int64_t WallMillis();  // milliseconds since the epoch

// /proc/sys/kernel/random/boot_id: the same until the next boot.
Result<std::string> BootId();

// `count` random characters of [a-zA-Z0-9], from the kernel.
std::string RandomWord(size_t count);
// A number in [0, 1), for jitter.
double RandomFraction();

}  // namespace kedge::sys
