// org.kedge.Agent1 as sd-bus serves it: the table of properties, methods and signals (DBUS.md, and
// systemd/org.kedge.Agent1.xml). Private to the operator room.
#pragma once

#include <string>
#include <vector>

#include "operator/bus.h"
#include "operator/properties.h"

namespace kedge::op {

class Door;

// Puts the object on the connection, for as long as the slot lives. `door` outlives it.
int AddObject(sd_bus* bus, Door* door, BusSlot& slot);

// The names of the properties that differ.
std::vector<std::string> Changed(const Properties& before, const Properties& after);

// PropertiesChanged with the values of now, and StatusChanged, to whoever listens on the connection. Negative
// errno when they could not be queued.
int EmitChange(sd_bus* bus, const std::vector<std::string>& names);

// Text as D-Bus takes it, and sd-bus too, which refuses Unicode's noncharacters: those, what is no UTF-8 and
// NUL become U+FFFD.
std::string BusText(std::string_view text);

}  // namespace kedge::op
