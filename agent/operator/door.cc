#include "operator/door.h"

#include "operator/agent_object.h"

namespace kedge::op {
namespace {

Door& DoorOf(void* userdata) { return *static_cast<Door*>(userdata); }

int GetVersion(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
               sd_bus_error*) {
  return sd_bus_message_append(reply, "s", DoorOf(userdata).object().config().version.c_str());
}
int GetThing(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
             sd_bus_error*) {
  return sd_bus_message_append(reply, "s", DoorOf(userdata).object().config().thing.c_str());
}
int GetState(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
             sd_bus_error*) {
  return sd_bus_message_append(reply, "s", DoorOf(userdata).object().Status().c_str());
}

int OnGetStatus(sd_bus_message* call, void* userdata, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "s", DoorOf(userdata).object().Status().c_str());
}
int OnCancel(sd_bus_message* call, void* userdata, sd_bus_error*) {
  AgentObject& object = DoorOf(userdata).object();
  return DoorOf(userdata).Identify(
      call, [&object](sd_bus_message* known, uid_t uid) { return object.OnCancel(known, uid); });
}
int OnClear(sd_bus_message* call, void* userdata, sd_bus_error*) {
  AgentObject& object = DoorOf(userdata).object();
  return DoorOf(userdata).Identify(
      call, [&object](sd_bus_message* known, uid_t uid) { return object.OnClear(known, uid); });
}

int OnRollback(sd_bus_message* call, void* userdata, sd_bus_error*) {
  AgentObject& object = DoorOf(userdata).object();
  return DoorOf(userdata).Identify(
      call, [&object](sd_bus_message* known, uid_t uid) { return object.OnRollback(known, uid); });
}

int OnReload(sd_bus_message* call, void* userdata, sd_bus_error*) {
  AgentObject& object = DoorOf(userdata).object();
  return DoorOf(userdata).Identify(
      call, [&object](sd_bus_message* known, uid_t uid) { return object.OnReload(known, uid); });
}

int OnHello(sd_bus_message* call, void*, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "s", ":1.1");
}

const sd_bus_vtable kGreeting[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Hello", SD_BUS_NO_ARGS, "s", OnHello, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

// UNPRIVILEGED everywhere: sd-bus would otherwise ask the bus daemon for the caller's capabilities and wait
// for the answer in the loop. AgentObject asks who calls instead.
const sd_bus_vtable kVtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", GetVersion, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Thing", "s", GetThing, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("State", "s", GetState, 0, 0),
    SD_BUS_METHOD_WITH_ARGS("GetStatus", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", status), OnGetStatus,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Cancel", SD_BUS_ARGS("s", job, "b", force, "s", reason),
                            SD_BUS_RESULT("b", accepted, "s", text), OnCancel, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Clear", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", accepted, "s", text), OnClear,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Rollback", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", accepted, "s", text), OnRollback,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", accepted, "s", text), OnReload,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("StatusChanged", "", 0),
    SD_BUS_VTABLE_END,
};

int AddVtable(sd_bus* bus, const char* path, const char* interface, const sd_bus_vtable* vtable,
              void* userdata, BusSlot& slot) {
  sd_bus_slot* added = nullptr;
  const int result = sd_bus_add_object_vtable(bus, &added, path, interface, vtable, userdata);
  slot.reset(added);
  return result;
}

}  // namespace

int AddObject(sd_bus* bus, Door* door, BusSlot& slot) {
  return AddVtable(bus, kObjectPath, kInterface, kVtable, door, slot);
}

int AddGreeting(sd_bus* bus, BusSlot& slot) {
  return AddVtable(bus, "/org/freedesktop/DBus", "org.freedesktop.DBus", kGreeting, nullptr, slot);
}

int EmitStatusChanged(sd_bus* bus) {
  return sd_bus_emit_signal(bus, kObjectPath, kInterface, "StatusChanged", "");
}

int WatchEnd(sd_bus* bus, sd_bus_message_handler_t gone, void* userdata, BusSlot& slot) {
  sd_bus_slot* added = nullptr;
  const int result =
      sd_bus_match_signal(bus, &added, nullptr, kLocalPath, kLocalInterface, "Disconnected", gone, userdata);
  slot.reset(added);
  return result;
}

}  // namespace kedge::op
