#include "operator/polkit.h"

#include <memory>
#include <string>
#include <utility>

namespace kedge::op {
namespace {

// Who may not may still ask; nobody takes all the room.
constexpr int kQuestionsOfOneUser = 4;
constexpr int kQuestions = 32;

constexpr char kName[] = "org.freedesktop.PolicyKit1";
constexpr char kPath[] = "/org/freedesktop/PolicyKit1/Authority";
constexpr char kAuthority[] = "org.freedesktop.PolicyKit1.Authority";
constexpr uint32_t kAllowUserInteraction = 1;

BusMessage NewCall(sd_bus* bus, const char* member) {
  sd_bus_message* made = nullptr;
  sd_bus_message_new_method_call(bus, &made, kName, kPath, kAuthority, member);
  return BusMessage(made);
}

// CheckAuthorization(subject, action, details, flags, cancellation id).
int Fill(sd_bus_message* question, const char* sender, const Wish& wish, bool interactive,
         const std::string& cancellation) {
  // The bus daemon's name for the connection is never used again, as a process id may be.
  int result =
      sd_bus_message_append(question, "(sa{sv})s", "system-bus-name", 1, "name", "s", sender, wish.action);
  if (result >= 0) result = sd_bus_message_open_container(question, 'a', "{ss}");
  for (const auto& [key, value] : wish.details) {
    if (result >= 0) result = sd_bus_message_append(question, "{ss}", key.c_str(), value.c_str());
  }
  if (result >= 0) result = sd_bus_message_close_container(question);
  if (result < 0) return result;
  return sd_bus_message_append(question, "us", interactive ? kAllowUserInteraction : 0, cancellation.c_str());
}

struct Decision {
  bool yes = false;
  bool challenge = false;  // yes, once he has shown who he is
  std::string trouble;     // why polkit has decided nothing
  bool late = false;
};

Decision Read(sd_bus_message* reply) {
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  if (error != nullptr) {
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) != 0 ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) != 0) {
      return {.trouble = "there is no polkit on this bus that could let others"};
    }
    if (sd_bus_error_has_names(error, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT) != 0) {
      return {.trouble = "polkit has not answered", .late = true};
    }
    return {.trouble =
                std::string("polkit does not decide: ") + (error->message ? error->message : error->name)};
  }
  int yes = 0;
  int challenge = 0;
  if (sd_bus_message_enter_container(reply, 'r', "bba{ss}") <= 0 ||
      sd_bus_message_read(reply, "bb", &yes, &challenge) < 0) {
    return {.trouble = "polkit's answer is not understood"};
  }
  return {.yes = yes != 0, .challenge = challenge != 0, .trouble = {}};
}

}  // namespace

struct Polkit::Question {
  Question(Polkit* asker, uid_t who) : polkit(asker), uid(who) {
    ++polkit->open_[uid];
    ++polkit->all_;
  }
  ~Question() {
    if (--polkit->open_[uid] == 0) polkit->open_.erase(uid);
    --polkit->all_;
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  Polkit* polkit;
  uid_t uid;
  sd_bus* bus = nullptr;  // lives as long as the call
  BusMessage call;
  Wish wish;
  std::string cancellation;
  std::function<void()> then;
};

int Polkit::Ask(sd_bus* bus, sd_bus_message* call, uid_t uid, const Wish& wish, std::function<void()> then) {
  const auto same = open_.find(uid);
  if (all_ >= kQuestions || (same != open_.end() && same->second >= kQuestionsOfOneUser)) {
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                      "polkit is being asked too many questions about you");
  }
  const auto question = std::make_shared<Question>(this, uid);
  question->bus = bus;
  question->call.reset(sd_bus_message_ref(call));
  question->wish = wish;
  question->cancellation = "kedge-" + std::to_string(next_++);
  question->then = std::move(then);

  const bool interactive = sd_bus_message_get_allow_interactive_authorization(call) > 0;
  const BusMessage ask = NewCall(bus, "CheckAuthorization");
  int result =
      ask ? Fill(ask.get(), sd_bus_message_get_sender(call), wish, interactive, question->cancellation)
          : -ENOMEM;
  if (result >= 0) {
    result = calls_.Send(bus, ask.get(), interactive ? limits_.person : limits_.rule,
                         [this, question](sd_bus_message* reply) { OnAnswer(*question, reply); });
  }
  return result < 0 ? result : 1;
}

void Polkit::OnAnswer(const Question& question, sd_bus_message* reply) {
  const Decision decision = Read(reply);
  sd_bus_message* call = question.call.get();
  if (decision.yes) return question.then();
  if (decision.challenge) {
    sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                               "only root may %s, or who authenticates first (polkit: %s)",
                               question.wish.what, question.wish.action);
    return;
  }
  if (decision.late) {
    // Nobody listens any more: whoever is being asked for his password need not type it.
    if (const BusMessage cancel = NewCall(question.bus, "CancelCheckAuthorization")) {
      sd_bus_message_append(cancel.get(), "s", question.cancellation.c_str());
      sd_bus_message_set_expect_reply(cancel.get(), 0);
      sd_bus_send(question.bus, cancel.get(), nullptr);
    }
  }
  Deny(call, question.wish,
       decision.trouble.empty() ? std::string("polkit does not let you (") + question.wish.action + ")"
                                : decision.trouble);
}

void Polkit::Clear() { calls_.Clear(); }

}  // namespace kedge::op
