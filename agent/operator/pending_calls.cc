#include "operator/pending_calls.h"

#include <utility>

namespace kedge::op {

int PendingCalls::Send(sd_bus* bus, sd_bus_message* call, std::chrono::milliseconds limit, Done done) {
  calls_.push_front({this, {}, std::move(done), nullptr});
  Call& pending = calls_.front();
  pending.self = calls_.begin();
  sd_bus_slot* slot = nullptr;
  const auto micros = std::chrono::microseconds(limit).count();
  const int result =
      sd_bus_call_async(bus, &slot, call, &PendingCalls::OnReply, &pending, static_cast<uint64_t>(micros));
  pending.slot.reset(slot);
  if (result < 0) calls_.pop_front();
  return result;
}

int PendingCalls::OnReply(sd_bus_message* reply, void* call, sd_bus_error*) {
  auto& pending = *static_cast<Call*>(call);
  // Out of the list first: what goes on now may send more, or give all of them up.
  const Done done = std::move(pending.done);
  pending.owner->calls_.erase(pending.self);
  done(reply);
  return 0;
}

}  // namespace kedge::op
