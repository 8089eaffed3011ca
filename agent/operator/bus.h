// Ownership of sd-bus objects, and the names of the interface. sd-bus itself stays in this room.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>
#include <string>

namespace kedge::op {

inline constexpr char kBusName[] = "org.kedge.Agent1";
inline constexpr char kObjectPath[] = "/org/kedge/Agent1";
inline constexpr char kInterface[] = "org.kedge.Agent1";

// sd-bus's own name of the signals that tell of the connection itself.
inline constexpr char kLocalPath[] = "/org/freedesktop/DBus/Local";
inline constexpr char kLocalInterface[] = "org.freedesktop.DBus.Local";

struct BusCloser {
  // Not the flushing kind: it waits for the other side, and that may be anyone.
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, BusCloser>;
using BusSlot = std::unique_ptr<sd_bus_slot, BusCloser>;
using BusMessage = std::unique_ptr<sd_bus_message, BusCloser>;

// An error of a call, freed with it.
class BusError {
 public:
  BusError() = default;
  ~BusError() { sd_bus_error_free(&error_); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  sd_bus_error* get() { return &error_; }
  bool Is(const char* name) const { return sd_bus_error_has_name(&error_, name) != 0; }
  std::string message() const { return error_.message != nullptr ? error_.message : ""; }

 private:
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

}  // namespace kedge::op
