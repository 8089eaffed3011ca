#include "operator/door.h"

#include "operator/interface.h"

namespace kedge::op {

int Door::AskLeave(sd_bus_message* call, uid_t, const Wish& wish, WithCaller) { return Deny(call, wish); }

int Deny(sd_bus_message* call, const Wish& wish, const std::string& why) {
  return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "only root may %s%s%s", wish.what,
                                    why.empty() ? "" : ": ", BusText(why).c_str());
}

int WatchConnection(sd_bus* bus, const char* what, sd_bus_message_handler_t then, void* userdata,
                    BusSlot& slot) {
  sd_bus_slot* added = nullptr;
  const int result =
      sd_bus_match_signal(bus, &added, nullptr, kLocalPath, kLocalInterface, what, then, userdata);
  slot.reset(added);
  return result;
}

}  // namespace kedge::op
