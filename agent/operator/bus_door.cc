#include "operator/bus_door.h"

#include <cstring>
#include <utility>

#include "operator/agent_object.h"
#include "operator/interface.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

// A bus that was there and went away comes back; one that never was is not looked for again.
constexpr Backoff kReconnect{std::chrono::seconds(2), std::chrono::minutes(5), std::chrono::seconds(1)};

// The bus daemon answers at once.
constexpr std::chrono::seconds kLookupLimit{25};

}  // namespace

BusDoor::BusDoor(sys::EventLoop& loop, AgentObject& object, PolkitLimits polkit)
    : Door(object), loop_(loop), polkit_(polkit) {
  Connect();
}

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
  if ((result = WatchConnection(bus_.get(), "Disconnected", &BusDoor::OnEnd, this, end_slot_)) < 0)
    return result;
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
  polkit_.Clear();
  lookups_.Clear();
  name_slot_.reset();
  object_slot_.reset();
  end_slot_.reset();
  bus_.reset();
  if (!was_there) return;
  const auto delay = BackoffDelay(kReconnect, ++attempts_, sys::RandomFraction());
  retry_ = loop_.At(sys::BootMillis() + delay.count(), [this] { Connect(); });
}

void BusDoor::EmitChange(const std::vector<std::string>& names) {
  if (bus_) op::EmitChange(bus_.get(), names);
}

int BusDoor::Identify(sd_bus_message* call, WithCaller then) {
  sd_bus_message* made = nullptr;
  int result =
      sd_bus_message_new_method_call(bus_.get(), &made, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", "GetConnectionUnixUser");
  const BusMessage lookup(made);
  if (result >= 0) result = sd_bus_message_append(made, "s", sd_bus_message_get_sender(call));
  if (result < 0) return result;
  const std::shared_ptr<sd_bus_message> held(sd_bus_message_ref(call), BusCloser());
  result =
      lookups_.Send(bus_.get(), made, kLookupLimit, [held, then = std::move(then)](sd_bus_message* reply) {
        uint32_t uid = 0;
        int done = 0;
        if (sd_bus_message_is_method_error(reply, nullptr) == 0 && sd_bus_message_read(reply, "u", &uid) >= 0)
          done = then(held.get(), uid);
        else
          done = sd_bus_reply_method_errorf(held.get(), SD_BUS_ERROR_ACCESS_DENIED,
                                            "the bus does not tell who asks");
        if (done < 0) sd_bus_reply_method_errno(held.get(), done, nullptr);
      });
  return result < 0 ? result : 1;
}

int BusDoor::AskLeave(sd_bus_message* call, uid_t uid, const Wish& wish, WithCaller then) {
  const std::shared_ptr<sd_bus_message> held(sd_bus_message_ref(call), BusCloser());
  // Looked up once more after a yes: what somebody wished who has given up and left is not done.
  return polkit_.Ask(bus_.get(), call, uid, wish, [this, held, then = std::move(then)] {
    const int result = Identify(held.get(), then);
    if (result < 0) sd_bus_reply_method_errno(held.get(), result, nullptr);
  });
}

}  // namespace kedge::op
