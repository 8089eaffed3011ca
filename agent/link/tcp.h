// TCP by hand, for what Paho does not do or say. Private to link/.
#pragma once

#include <chrono>
#include <string>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::link {

// Looks `host` up. Done before each attempt, too: Paho does it holding the lock that every other call needs.
// Blocks.
Result<void> LookUp(const std::string& host, int port);

// A connected socket with `limit` on each later read and write too. The error is a sentence for people.
// Blocks.
Result<sys::Fd> ConnectTcp(const std::string& host, int port, std::chrono::milliseconds limit);

// Turns Nagle's algorithm off on this process's TCP connections to `port`, and returns how many there were.
// Paho has no option for it, and without it a PUBACK and a PUBLISH in a row cost a delayed ACK, about 40 ms.
int SetNoDelay(int port);

// Acknowledges what has arrived on those connections now. A broker that keeps Nagle's algorithm on (mosquitto does)
// holds the service's reply back until its PUBACK, written just before, is acknowledged: the same 40 ms from its side.
void AcknowledgeNow(int port);

}  // namespace kedge::link
