#include "operator/agent_object.h"

#include <unistd.h>

#include <utility>

#include "core/status_details.h"
#include "operator/bus_door.h"
#include "operator/interface.h"
#include "operator/job_name.h"
#include "operator/peer_door.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

constexpr size_t kOpenQuestions = 64;
constexpr int64_t kChangeDelayMillis = 100;  // many changes in a row are told as one

// Goes on with `then` when the caller may have his wish; polkit is not asked about who may anyway.
int IfAllowed(Door& door, sd_bus_message* call, uid_t uid, const Wish& wish, Door::WithCaller then) {
  if (uid == 0 || uid == geteuid()) return then(call, uid);
  return door.AskLeave(call, uid, wish, std::move(then));
}

int TooMany(sd_bus_message* call) {
  return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many questions");
}

int ReplyWith(sd_bus_message* call, bool accepted, const std::string& text) {
  return sd_bus_reply_method_return(call, "bs", accepted ? 1 : 0, BusText(text).c_str());
}

// For what cannot be made: sd-bus tells the caller the error that is returned.
int ReplyWith(sd_bus_message* call, const OutputSince& output) {
  sd_bus_message* made = nullptr;
  int result = sd_bus_message_new_method_return(call, &made);
  const BusMessage reply(made);
  if (result >= 0)
    result = sd_bus_message_append(made, "sxtt", output.execution.job.value.c_str(), output.execution.number,
                                   output.end, output.lost);
  if (result >= 0) result = sd_bus_message_open_container(made, 'a', "(xsay)");
  for (const OutputPiece& piece : output.pieces) {
    if (result >= 0) result = sd_bus_message_open_container(made, 'r', "xsay");
    if (result >= 0)
      result = sd_bus_message_append(made, "xs", piece.task, piece.is_stderr ? "stderr" : "stdout");
    if (result >= 0) result = sd_bus_message_append_array(made, 'y', piece.bytes.data(), piece.bytes.size());
    if (result >= 0) result = sd_bus_message_close_container(made);
  }
  if (result >= 0) result = sd_bus_message_close_container(made);
  return result < 0 ? result : sd_bus_send(nullptr, made, nullptr);
}

int ReplyWithText(sd_bus_message* call, const std::string& text) {
  return sd_bus_reply_method_return(call, "s", BusText(text).c_str());
}

Wish CancelWish(const std::string& job, bool force) {
  return {"org.kedge.agent1.cancel", "cancel a job", {{"job", job}, {"force", force ? "true" : "false"}}};
}

std::string Origin(uid_t uid) { return "uid " + std::to_string(uid) + " on D-Bus"; }

}  // namespace

Result<std::unique_ptr<AgentObject>> AgentObject::Start(sys::EventLoop& loop, const OperatorConfig& config,
                                                        Callbacks callbacks) {
  std::unique_ptr<AgentObject> object(new AgentObject(loop, config, std::move(callbacks)));
  auto peers = PeerDoor::Listen(loop, *object, config.socket);
  if (!peers) return Unexpected{peers.error()};
  object->peers_ = std::move(*peers);
  if (config.system_bus)
    object->bus_ = std::make_unique<BusDoor>(loop, *object,
                                             PolkitLimits{config.polkit_limit, config.polkit_person_limit});
  return object;
}

AgentObject::AgentObject(sys::EventLoop& loop, const OperatorConfig& config, Callbacks callbacks)
    : loop_(loop), config_(config), callbacks_(std::move(callbacks)) {}

AgentObject::~AgentObject() = default;

int64_t AgentObject::Ask(sd_bus_message* call) {
  if (open_.size() >= kOpenQuestions) return 0;
  const int64_t request = next_request_++;
  Question& question = open_[request];
  question.call.reset(sd_bus_message_ref(call));
  question.deadline = loop_.At(sys::BootMillis() + config_.answer_limit.count(), [this, request] {
    const auto late = open_.extract(request);
    sd_bus_reply_method_errorf(
        late.mapped().call.get(), SD_BUS_ERROR_TIMEOUT,
        "the agent has not decided yet (is its disk full?); it may still do it: see kedge status");
  });
  return request;
}

int AgentObject::OnCancel(Door& door, sd_bus_message* call, uid_t uid) {
  const char* job = nullptr;
  const char* reason = nullptr;
  int force = 0;
  const int read = sd_bus_message_read(call, "sbs", &job, &force, &reason);
  if (read < 0) return read;
  CancelRequested event;
  if (*job != '\0') event.job = JobId{job};
  event.force = force != 0;
  event.reason = SafeDetailValue(reason);
  event.origin = Origin(uid);
  return IfAllowed(door, call, uid, CancelWish(job, event.force),
                   [this, event](sd_bus_message* allowed, uid_t) mutable {
                     if (event.job && !IsJobId(event.job->value)) {
                       return sd_bus_reply_method_errorf(allowed, SD_BUS_ERROR_INVALID_ARGS,
                                                         "no job id: 1 to 64 characters of a-z A-Z 0-9 _ -");
                     }
                     event.request = Ask(allowed);
                     if (event.request == 0) return TooMany(allowed);
                     callbacks_.cancel(event);
                     return 1;
                   });
}

int AgentObject::OnCancelExecution(Door& door, sd_bus_message* call, uid_t uid) {
  const char* text = nullptr;
  if (const int read = sd_bus_message_read(call, "s", &text); read < 0) return read;
  const auto request = callbacks_.read_cancel(text, Origin(uid));
  // polkit's rules look at the details: they are there for a request that can be read, and no other does
  // anything.
  Wish wish = CancelWish(request && request->job ? request->job->value : "", request && request->force);
  return IfAllowed(door, call, uid, wish, [this, request](sd_bus_message* allowed, uid_t) {
    if (!request) {
      const kedge::Answer refusal{0, false, request.error().message, RejectedCode::kInvalidRequest};
      return ReplyWithText(allowed, callbacks_.write_cancel_answer(refusal));
    }
    CancelRequested event = *request;
    event.request = Ask(allowed);
    if (event.request == 0) return TooMany(allowed);
    open_[event.request].as_text = true;
    callbacks_.cancel(event);
    return 1;
  });
}

template <typename Request>
int AgentObject::PassOn(Door& door, sd_bus_message* call, uid_t uid, const Wish& wish,
                        const std::function<void(const Request&)>& callback) {
  return IfAllowed(door, call, uid, wish, [this, &callback](sd_bus_message* allowed, uid_t caller) {
    Request event;
    event.request = Ask(allowed);
    if (event.request == 0) return TooMany(allowed);
    event.origin = Origin(caller);
    callback(event);
    return 1;
  });
}

int AgentObject::OnClear(Door& door, sd_bus_message* call, uid_t uid) {
  return PassOn(door, call, uid, {"org.kedge.agent1.clear", "lift the quarantine"}, callbacks_.clear);
}

int AgentObject::OnRollback(Door& door, sd_bus_message* call, uid_t uid) {
  return PassOn(door, call, uid, {"org.kedge.agent1.rollback", "roll back"}, callbacks_.rollback);
}

int AgentObject::OnReload(Door& door, sd_bus_message* call, uid_t uid) {
  const Wish wish{"org.kedge.agent1.reload", "reload the configuration"};
  return IfAllowed(door, call, uid, wish, [this](sd_bus_message* allowed, uid_t) {
    const kedge::Answer answer = callbacks_.reload();
    return ReplyWith(allowed, answer.accepted, answer.text);
  });
}

int AgentObject::OnGetOutput(Door& door, sd_bus_message* call, uid_t uid) {
  uint64_t after = 0;
  if (const int read = sd_bus_message_read(call, "t", &after); read < 0) return read;
  const Wish wish{"org.kedge.agent1.output", "read what a job prints"};
  return IfAllowed(door, call, uid, wish, [this, after](sd_bus_message* allowed, uid_t) {
    return ReplyWith(allowed, callbacks_.output(after));
  });
}

void AgentObject::Answer(const kedge::Answer& answer) {
  const auto question = open_.extract(answer.request);
  if (question.empty()) return;
  // A caller who has left meanwhile is no concern of the agent.
  sd_bus_message* call = question.mapped().call.get();
  if (question.mapped().as_text) {
    ReplyWithText(call, callbacks_.write_cancel_answer(answer));
  } else {
    ReplyWith(call, answer.accepted, SafeDetailValue(answer.text));
  }
}

const Properties& AgentObject::properties() {
  if (!properties_stale_) return properties_;
  Properties now = PropertiesOf(callbacks_.status());
  // What somebody reads between two signals has to be told by the next one even if it is as before by then.
  for (std::string& name : Changed(properties_, now)) changed_.insert(std::move(name));
  properties_ = std::move(now);
  properties_stale_ = false;
  return properties_;
}

void AgentObject::StatusChanged() {
  properties_stale_ = true;
  if (change_timer_) return;
  change_timer_ = loop_.At(sys::BootMillis() + kChangeDelayMillis, [this] {
    change_timer_.reset();
    properties();
    const std::vector<std::string> names(changed_.begin(), changed_.end());
    changed_.clear();
    peers_->EmitChange(names);
    if (bus_) bus_->EmitChange(names);
  });
}

std::string AgentObject::Doors() const {
  if (!bus_) return config_.socket;
  return bus_->IsServed() ? config_.socket + " and " + bus_->Words()
                          : "only " + config_.socket + ": " + bus_->Words();
}

}  // namespace kedge::op
