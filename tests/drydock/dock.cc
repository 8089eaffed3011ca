#include "dock.h"

#include <algorithm>

namespace kedge::drydock {

Dock::Dock(Service& service, Outlet& outlet, History& history, Endpoints endpoints, Now now)
    : service_(service),
      outlet_(outlet),
      history_(history),
      endpoints_(std::move(endpoints)),
      now_(std::move(now)),
      timers_([this] { RunTimers(); }) {}

Dock::~Dock() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  timers_.join();
}

void Dock::OnMessage(const std::string& topic, std::string payload) {
  const auto request = ParseRequest(topic, std::move(payload));
  if (!request) return;
  {
    const std::lock_guard lock(mutex_);
    const Instant now = now_();
    history_.Record(now, "mqtt-in", {{"topic", topic}, {"payload", request->payload}});
    Serve(*request, now);
  }
  changed_.notify_all();
}

// The lock is held until everything is handed to the outlet, so the order on the wire is the order of the
// decisions: reply, notify, notify-next.
void Dock::Serve(const Request& request, Instant now) {
  const RequestFate fate = faults_.Meet(request);
  if (fate.lost) {
    history_.Record(now, "fault", {{"topic", request.topic}, {"did", "lost the request"}});
    return;
  }
  if (fate.cancel_before) ForceCancel(request, now);
  const Publication reply =
      fate.reject_with.empty()
          ? Answer(service_, request, now)
          : Reject(request, fate.reject_with, "drydock was told to answer " + fate.reject_with, now);
  Send(reply, &request);
  SendEvents();
  if (fate.cancel_after) ForceCancel(request, now);
}

void Dock::ForceCancel(const Request& request, Instant now) {
  const auto done = service_.control().CancelExecution(request.thing, request.job_id,
                                                       CancelExecutionRequest{.force = true}, now);
  history_.Record(now, "fault",
                  {{"topic", request.topic}, {"did", done ? "force-cancelled it" : done.refusal().message}});
  SendEvents();
}

HttpReply Dock::OnHttp(const HttpRequest& request) {
  HttpReply reply;
  {
    const std::lock_guard lock(mutex_);
    const Instant now = now_();
    reply = IsForBench(request) ? AnswerBench(*this, request, now)
                                : AnswerRest(service_, endpoints_, request, now);
    if (!IsForBench(request)) {
      history_.Record(now, "http",
                      {{"op", request.method + " " + request.target},
                       {"payload", request.body},
                       {"status", reply.status},
                       {"answer", reply.body}});
    }
    SendEvents();
  }
  changed_.notify_all();
  return reply;
}

void Dock::PublishRaw(const std::string& topic, const std::string& payload) {
  SendNow({Publication::Kind::kRaw, "", topic, payload});
}

void Dock::SendEvents() {
  for (const Event& event : service_.TakeEvents()) Send(Publish(event), nullptr);
}

void Dock::Send(const Publication& publication, const Request* request) {
  const SendTimes times = faults_.Meet(publication, request);
  if (times.empty()) {
    history_.Record(now_(), "fault",
                    {{"topic", publication.topic}, {"did", "dropped it"}, {"payload", publication.payload}});
  }
  for (const auto after : times) {
    if (after.count() == 0) {
      SendNow(publication);
    } else {
      delayed_.emplace(Monotonic::now() + after, publication);
    }
  }
}

void Dock::SendNow(const Publication& publication) {
  const bool sent = outlet_.Publish(publication.topic, publication.payload);
  history_.Record(now_(), "mqtt-out",
                  {{"topic", publication.topic},
                   {"of", ToString(publication.kind)},
                   {"payload", publication.payload},
                   {"sent", sent}});
}

void Dock::RunTimers() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Instant now = now_();
    service_.Tick(now);
    for (const Event& event : service_.TakeEvents()) {
      history_.Record(now, "timer", {{"thing", event.thing}, {"did", "an execution timed out"}});
      Send(Publish(event), nullptr);
    }
    while (!delayed_.empty() && delayed_.begin()->first <= Monotonic::now()) {
      SendNow(delayed_.begin()->second);
      delayed_.erase(delayed_.begin());
    }
    changed_.wait_until(lock, NextWake());
  }
}

Dock::Monotonic::time_point Dock::NextWake() const {
  // Timers are of the wall clock, which may jump: looked at once a second while one runs, within the 60 s
  // that the service allows itself.
  constexpr std::chrono::milliseconds kLook{1000};
  constexpr std::chrono::hours kIdle{1};
  auto wake = Monotonic::now() + kIdle;
  if (const auto deadline = service_.NextDeadline()) {
    wake = Monotonic::now() + std::clamp(*deadline - now_(), std::chrono::milliseconds(1), kLook);
  }
  if (!delayed_.empty()) wake = std::min(wake, delayed_.begin()->first);
  return wake;
}

}  // namespace kedge::drydock
