// Work in a process of its own, for what may block for ever inside the kernel (a dead disk, a network file
// system): the caller goes on when its limit comes. Of a command with a single thread, never of the daemon.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/result.h"

namespace kedge::process {

// What `work` gave. kUnavailable: it did not end within `limit`; it is killed then, and left behind when even
// that does not end it. kIo: it ended by a signal, or threw.
Result<std::string> RunForked(const std::function<std::string()>& work, std::chrono::milliseconds limit);

}  // namespace kedge::process
