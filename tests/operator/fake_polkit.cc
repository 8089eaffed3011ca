#include "operator/fake_polkit.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>

namespace kedge::op {

const sd_bus_vtable FakePolkit::kTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", FakePolkit::OnCheck,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CancelCheckAuthorization", "s", "", FakePolkit::OnCancel, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

FakePolkit::FakePolkit(sys::EventLoop& loop, Says what) : says(what) {
  sd_bus* made = nullptr;
  REQUIRE(sd_bus_open_system(&made) >= 0);
  bus_.reset(made);
  sd_bus_slot* slot = nullptr;
  REQUIRE(sd_bus_add_object_vtable(made, &slot, "/org/freedesktop/PolicyKit1/Authority",
                                   "org.freedesktop.PolicyKit1.Authority", kTable, this) >= 0);
  slot_.reset(slot);
  REQUIRE(sd_bus_add_filter(made, &slot, &FakePolkit::OnAnything, this) >= 0);
  filter_slot_.reset(slot);
  REQUIRE(sd_bus_request_name(made, "org.freedesktop.PolicyKit1", 0) >= 0);
  REQUIRE(sd_bus_attach_event(made, loop.native(), SD_EVENT_PRIORITY_NORMAL) >= 0);
}

int FakePolkit::OnAnything(sd_bus_message* call, void* self, sd_bus_error*) {
  auto& polkit = *static_cast<FakePolkit*>(self);
  const bool is_question =
      sd_bus_message_is_method_call(call, "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization") > 0;
  if (!is_question || polkit.says != Says::kNonsense) return 0;
  polkit.questions.emplace_back();
  return sd_bus_reply_method_return(call, "s", "perhaps");
}

int FakePolkit::OnCheck(sd_bus_message* call, void* self, sd_bus_error*) {
  auto& polkit = *static_cast<FakePolkit*>(self);
  Question question;
  const char* kind = nullptr;
  const char* key = nullptr;
  const char* value = nullptr;
  sd_bus_message_enter_container(call, 'r', "sa{sv}");
  sd_bus_message_read(call, "s", &kind);
  sd_bus_message_read(call, "a{sv}", 1, &key, "s", &value);
  sd_bus_message_exit_container(call);
  question.subject_kind = kind;
  question.subject = std::string(key) + "=" + value;
  const char* action = nullptr;
  sd_bus_message_read(call, "s", &action);
  question.action = action;
  sd_bus_message_enter_container(call, 'a', "{ss}");
  while (sd_bus_message_read(call, "{ss}", &key, &value) > 0) question.details[key] = value;
  sd_bus_message_exit_container(call);
  const char* cancellation = nullptr;
  if (sd_bus_message_read(call, "us", &question.flags, &cancellation) < 0) return -EINVAL;
  question.cancellation = cancellation;
  polkit.questions.push_back(question);
  polkit.Count(polkit.asked_);

  const Says says = polkit.says;
  switch (says) {
    case Says::kNothing:
      polkit.held_.emplace_back(sd_bus_message_ref(call));
      return 1;
    case Says::kError:
      return sd_bus_reply_method_errorf(call, "org.freedesktop.PolicyKit1.Error.Failed",
                                        "Action %s is not registered", action);
    default:
      return sd_bus_reply_method_return(call, "(bba{ss})", says == Says::kYes ? 1 : 0,
                                        says == Says::kAuthenticateFirst ? 1 : 0, 0);
  }
}

int FakePolkit::OnCancel(sd_bus_message* call, void* self, sd_bus_error*) {
  auto& polkit = *static_cast<FakePolkit*>(self);
  const char* id = nullptr;
  if (sd_bus_message_read(call, "s", &id) < 0) return -EINVAL;
  polkit.cancellations.emplace_back(id);
  polkit.Count(polkit.cancelled_);
  return sd_bus_reply_method_return(call, "");
}

void FakePolkit::AnswerHeld(bool yes) {
  for (const BusMessage& call : held_) sd_bus_reply_method_return(call.get(), "(bba{ss})", yes ? 1 : 0, 0, 0);
  held_.clear();
}

void FakePolkit::Leave() {
  held_.clear();
  slot_.reset();
  filter_slot_.reset();
  bus_.reset();
}

void FakePolkit::Count(int& count) {
  const std::lock_guard lock(mutex_);
  ++count;
  counted_.notify_all();
}

bool FakePolkit::Reaches(const int& count, int times) {
  std::unique_lock lock(mutex_);
  return counted_.wait_for(lock, std::chrono::seconds(30), [&] { return count >= times; });
}

}  // namespace kedge::op
