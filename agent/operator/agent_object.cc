#include "operator/agent_object.h"

#include <unistd.h>

#include <utility>

#include "core/status_details.h"
#include "core/utf8.h"
#include "operator/bus_door.h"
#include "operator/job_name.h"
#include "operator/peer_door.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

constexpr size_t kOpenQuestions = 64;
constexpr int64_t kChangeDelayMillis = 100;  // many changes in a row are told as one

bool MayChange(uid_t uid) { return uid == 0 || uid == geteuid(); }

int Deny(sd_bus_message* call, const char* what) {
  return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "only root may %s", what);
}

std::string Origin(uid_t uid) { return "uid " + std::to_string(uid) + " on D-Bus"; }

}  // namespace

Result<std::unique_ptr<AgentObject>> AgentObject::Start(sys::EventLoop& loop, const OperatorConfig& config,
                                                        Callbacks callbacks) {
  std::unique_ptr<AgentObject> object(new AgentObject(loop, config, std::move(callbacks)));
  auto peers = PeerDoor::Listen(loop, *object, config.socket);
  if (!peers) return Unexpected{peers.error()};
  object->peers_ = std::move(*peers);
  if (config.system_bus) object->bus_ = std::make_unique<BusDoor>(loop, *object);
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

int AgentObject::OnCancel(sd_bus_message* call, uid_t uid) {
  const char* job = nullptr;
  const char* reason = nullptr;
  int force = 0;
  const int read = sd_bus_message_read(call, "sbs", &job, &force, &reason);
  if (read < 0) return read;
  if (!MayChange(uid)) return Deny(call, "cancel a job");
  CancelRequested event;
  if (*job != '\0') {
    if (!IsJobId(job)) {
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INVALID_ARGS,
                                        "no job id: 1 to 64 characters of a-z A-Z 0-9 _ -");
    }
    event.job = JobId{job};
  }
  event.request = Ask(call);
  if (event.request == 0)
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many questions");
  event.force = force != 0;
  event.reason = SafeDetailValue(reason);
  event.origin = Origin(uid);
  callbacks_.cancel(event);
  return 1;
}

template <typename Request>
int AgentObject::PassOn(sd_bus_message* call, uid_t uid, const char* what,
                        const std::function<void(const Request&)>& callback) {
  if (!MayChange(uid)) return Deny(call, what);
  Request event;
  event.request = Ask(call);
  if (event.request == 0)
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many questions");
  event.origin = Origin(uid);
  callback(event);
  return 1;
}

int AgentObject::OnClear(sd_bus_message* call, uid_t uid) {
  return PassOn(call, uid, "lift the quarantine", callbacks_.clear);
}

int AgentObject::OnRollback(sd_bus_message* call, uid_t uid) {
  return PassOn(call, uid, "roll back", callbacks_.rollback);
}

int AgentObject::OnReload(sd_bus_message* call, uid_t uid) {
  if (!MayChange(uid)) return Deny(call, "reload the configuration");
  const kedge::Answer answer = callbacks_.reload();
  return sd_bus_reply_method_return(call, "bs", answer.accepted ? 1 : 0, ValidUtf8(answer.text).c_str());
}

void AgentObject::Answer(const kedge::Answer& answer) {
  const auto question = open_.extract(answer.request);
  if (question.empty()) return;
  // A caller who has left meanwhile is no concern of the agent.
  sd_bus_reply_method_return(question.mapped().call.get(), "bs", answer.accepted ? 1 : 0,
                             SafeDetailValue(answer.text).c_str());
}

void AgentObject::StatusChanged() {
  if (change_timer_) return;
  change_timer_ = loop_.At(sys::BootMillis() + kChangeDelayMillis, [this] {
    change_timer_.reset();
    peers_->EmitStatusChanged();
    if (bus_) bus_->EmitStatusChanged();
  });
}

std::string AgentObject::Doors() const {
  if (!bus_) return config_.socket;
  return bus_->IsServed() ? config_.socket + " and " + bus_->Words()
                          : "only " + config_.socket + ": " + bus_->Words();
}

}  // namespace kedge::op
