// Ends the connection of an MQTT client from outside: a CONNECT with its client id makes the broker drop the
// older connection (AWS: DUPLICATE_CLIENT_ID; MQTT 5, 3.1.4), and what connected is gone again at once.
//
// Not through Paho, whose second client in a process takes seconds to connect, and which would acknowledge
// the messages that wait in the session. Here they stay, and the client's subscriptions too, if it keeps a
// session at all.
#pragma once

#include <string>

#include "broker_access.h"
#include "core/result.h"

namespace kedge::drydock {

// Waits for the broker's answer, at most five seconds for each step. With drydock's own credentials, which
// the broker must let use the id. An error is what happened, in words.
Result<void> TakeOver(const Broker& broker, const std::string& client_id);

// The packet, MQTT 5: no clean start, and an hour of session expiry.
std::string ConnectPacket(const std::string& client_id);

}  // namespace kedge::drydock
