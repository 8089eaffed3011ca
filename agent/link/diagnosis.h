// Why a connection to the broker cannot be made, found by trying it step by step: the name, the TCP
// connection, the TLS handshake. Paho says of all of them only "failure". Blocks: not for the loop thread.
#pragma once

#include <chrono>
#include <string>

#include "link/broker_config.h"

namespace kedge::link {

// A sentence, or "" when everything up to and including TLS works. Each network step waits up to `limit`.
std::string WhyNotConnected(const BrokerConfig& config, std::chrono::milliseconds limit);

}  // namespace kedge::link
