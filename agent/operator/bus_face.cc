#include "operator/bus_face.h"

#include <string_view>

namespace kedge::op {
namespace {

constexpr char kPath[] = "/org/freedesktop/DBus";
constexpr uint32_t kAlreadyRuns = 2;  // DBUS_START_REPLY_ALREADY_RUNNING

// The name that the call asks about; empty when it cannot be read.
std::string_view NameIn(sd_bus_message* call) {
  const char* name = nullptr;
  return sd_bus_message_read(call, "s", &name) > 0 ? name : "";
}
bool IsAgent(std::string_view name) { return name == kBusName || name == kAgentOnPeer; }

int OnHello(sd_bus_message* call, void*, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "s", kPeerOnPeer);
}
int OnListen(sd_bus_message* call, void*, sd_bus_error*) { return sd_bus_reply_method_return(call, ""); }
// A monitor loses its name on a bus, and busctl shows nothing before that.
int OnBecomeMonitor(sd_bus_message* call, void*, sd_bus_error*) {
  const int result = sd_bus_reply_method_return(call, "");
  if (result < 0) return result;
  return sd_bus_emit_signal(sd_bus_message_get_bus(call), kPath, "org.freedesktop.DBus", "NameLost", "s",
                            kPeerOnPeer);
}

int OnGetNameOwner(sd_bus_message* call, void*, sd_bus_error* error) {
  if (!IsAgent(NameIn(call)))
    return sd_bus_error_set(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "nobody has it here");
  return sd_bus_reply_method_return(call, "s", kAgentOnPeer);
}
int OnNameHasOwner(sd_bus_message* call, void*, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "b", IsAgent(NameIn(call)) ? 1 : 0);
}
int OnStart(sd_bus_message* call, void*, sd_bus_error* error) {
  if (!IsAgent(NameIn(call)))
    return sd_bus_error_set(error, SD_BUS_ERROR_SERVICE_UNKNOWN, "only the agent is here");
  return sd_bus_reply_method_return(call, "u", kAlreadyRuns);
}

const sd_bus_vtable kBus[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Hello", "", "s", OnHello, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("AddMatch", "s", "", OnListen, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RemoveMatch", "s", "", OnListen, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetNameOwner", "s", "s", OnGetNameOwner, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("NameHasOwner", "s", "b", OnNameHasOwner, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StartServiceByName", "su", "u", OnStart, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};
const sd_bus_vtable kMonitoring[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("BecomeMonitor", "asu", "", OnBecomeMonitor, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int AddTable(sd_bus* bus, const char* interface, const sd_bus_vtable* table, BusSlot& slot) {
  sd_bus_slot* added = nullptr;
  const int result = sd_bus_add_object_vtable(bus, &added, kPath, interface, table, nullptr);
  slot.reset(added);
  return result;
}

}  // namespace

int AddBusFace(sd_bus* bus, BusSlot& slot, BusSlot& monitor_slot) {
  const int result = AddTable(bus, "org.freedesktop.DBus", kBus, slot);
  return result < 0 ? result : AddTable(bus, "org.freedesktop.DBus.Monitoring", kMonitoring, monitor_slot);
}

}  // namespace kedge::op
