// What a bus daemon answers, as far as tools ask it: so that busctl and gdbus, which know only buses, can be
// pointed at a peer's socket. Private to the operator room.
#pragma once

#include "operator/bus.h"

namespace kedge::op {

// The names of the two ends of a peer's connection.
inline constexpr char kAgentOnPeer[] = ":1.0";
inline constexpr char kPeerOnPeer[] = ":1.1";

// org.freedesktop.DBus with the one name kBusName, for as long as the slots live. A peer is told of every
// change, so what he subscribes to is of no matter.
int AddBusFace(sd_bus* bus, BusSlot& slot, BusSlot& monitor_slot);

}  // namespace kedge::op
