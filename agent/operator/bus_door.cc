#include "operator/bus_door.h"

#include <cstring>
#include <utility>

#include "operator/agent_object.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

// A bus that was there and went away comes back; one that never was is not looked for again.
constexpr Backoff kReconnect{std::chrono::seconds(2), std::chrono::minutes(5), std::chrono::seconds(1)};

// One question about a caller, on its way to the bus daemon and back.
struct Lookup {
  BusMessage call;
  Door::WithCaller then;
};

int OnCaller(sd_bus_message* reply, void* userdata, sd_bus_error*) {
  const auto& lookup = *static_cast<Lookup*>(userdata);
  uint32_t uid = 0;
  int result = sd_bus_message_is_method_error(reply, nullptr);
  if (result == 0) result = sd_bus_message_read(reply, "u", &uid) < 0 ? 1 : 0;
  if (result == 0)
    result = lookup.then(lookup.call.get(), uid);
  else
    result = sd_bus_reply_method_errorf(lookup.call.get(), SD_BUS_ERROR_ACCESS_DENIED,
                                        "the bus does not tell who asks");
  if (result < 0) sd_bus_reply_method_errno(lookup.call.get(), result, nullptr);
  return 0;
}

}  // namespace

BusDoor::BusDoor(sys::EventLoop& loop, AgentObject& object) : Door(object), loop_(loop) { Connect(); }

BusDoor::~BusDoor() = default;

void BusDoor::Connect() {
  sd_bus* made = nullptr;
  int result = sd_bus_open_system(&made);
  bus_.reset(made);
  if (result >= 0) result = Serve();
  if (result >= 0) return;
  Drop(std::string("no system bus (") + std::strerror(-result) + ")");
}

int BusDoor::Serve() {
  int result = 0;
  if ((result = AddObject(bus_.get(), this, object_slot_)) < 0) return result;
  if ((result = WatchEnd(bus_.get(), &BusDoor::OnEnd, this, end_slot_)) < 0) return result;
  if ((result = sd_bus_attach_event(bus_.get(), loop_.native(), SD_EVENT_PRIORITY_NORMAL)) < 0) return result;
  sd_bus_slot* slot = nullptr;
  result = sd_bus_request_name_async(bus_.get(), &slot, kBusName, 0, &BusDoor::OnName, this);
  name_slot_.reset(slot);
  words_ = "the system bus is being asked for the name";
  return result;
}

int BusDoor::OnName(sd_bus_message* reply, void* self, sd_bus_error*) {
  auto& door = *static_cast<BusDoor*>(self);
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  if (error != nullptr) {
    // Asked for once: a bus without our policy file, or with another agent on it, stays as it is.
    door.words_ =
        std::string("no name on the system bus (") + (error->message ? error->message : error->name) + ")";
    return 0;
  }
  uint32_t answer = 0;
  if (sd_bus_message_read(reply, "u", &answer) < 0 || answer != 1) {
    door.words_ = std::string("no name on the system bus (") + kBusName + " is taken)";
    return 0;
  }
  door.served_ = true;
  door.attempts_ = 0;
  door.words_ = std::string("the system bus as ") + kBusName;
  return 0;
}

int BusDoor::OnEnd(sd_bus_message*, void* self, sd_bus_error*) {
  auto& door = *static_cast<BusDoor*>(self);
  // Later: a connection cannot be closed from within its own callback.
  door.drop_ = door.loop_.Soon([&door] { door.Drop("the system bus is gone"); });
  return 0;
}

void BusDoor::Drop(const std::string& why) {
  const bool was_there = served_ || attempts_ > 0;
  served_ = false;
  words_ = why;
  name_slot_.reset();
  object_slot_.reset();
  end_slot_.reset();
  bus_.reset();
  if (!was_there) return;
  const auto delay = BackoffDelay(kReconnect, ++attempts_, sys::RandomFraction());
  retry_ = loop_.At(sys::BootMillis() + delay.count(), [this] { Connect(); });
}

void BusDoor::EmitStatusChanged() {
  if (bus_) op::EmitStatusChanged(bus_.get());
}

int BusDoor::Identify(sd_bus_message* call, WithCaller then) {
  auto lookup = std::make_unique<Lookup>();
  lookup->call.reset(sd_bus_message_ref(call));
  lookup->then = std::move(then);
  sd_bus_slot* slot = nullptr;
  const int result = sd_bus_call_method_async(
      bus_.get(), &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixUser", &OnCaller, lookup.get(), "s", sd_bus_message_get_sender(call));
  if (result < 0) return result;
  // The slot belongs to the bus now and frees the lookup with itself, whether answered or not.
  sd_bus_slot_set_destroy_callback(slot, [](void* userdata) { delete static_cast<Lookup*>(userdata); });
  lookup.release();
  sd_bus_slot_set_floating(slot, 1);
  sd_bus_slot_unref(slot);
  return 1;
}

}  // namespace kedge::op
