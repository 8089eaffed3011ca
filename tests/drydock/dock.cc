#include "dock.h"

#include <algorithm>
#include <utility>

#include "history_entries.h"
#include "http_call.h"

namespace kedge::drydock {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

HttpReply NotKept() {
  return {.status = 503,
          .body = R"({"message":"drydock cannot write its store and ends; what was asked for is not kept"})",
          .error_type = "ServiceUnavailableException"};
}

}  // namespace

Dock::Dock(DockParts parts) : parts_(std::move(parts)), timers_([this] { RunTimers(); }) {}

Dock::~Dock() {
  EndWaits();
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  earlier_.notify_all();
  timers_.join();
}

void Dock::OnMessage(const std::string& topic, std::string payload) {
  const auto request = ParseRequest(topic, payload);
  const bool of_kedge = topic.starts_with(kWordPrefix);
  if (!request && !of_kedge) return;
  const Lock lock(mutex_);
  if (broken_) return;
  const Instant now = Time();
  RunOut(now);
  if (request) {
    Serve(*request, now);
  } else {
    parts_.history.Record(now, "device", WordEntry(topic, payload));
    parts_.oci.OnMessage(topic, payload, now);
    Gather("mqtt", now);
  }
  Settle();
}

HttpReply Dock::OnHttp(const HttpRequest& request) {
  Lock lock(mutex_);
  if (const auto question = HistoryAsked(request, parts_.history.last()))
    return AwaitHistory(lock, *question);
  const Instant now = Time();
  milliseconds late{0};
  RunOut(now);
  const HttpReply reply = AnswerAny(request, now, late);
  Gather("http", now);
  Settle();
  if (broken_) return NotKept();
  if (late.count() > 0) news_.wait_for(lock, late, [this] { return waits_ended_; });
  return reply;
}

HttpReply Dock::AnswerAny(const HttpRequest& request, Instant now, milliseconds& late) {
  if (IsForBench(request)) return AnswerBench(*this, request, now);
  return AnswerApi(request, now, late);
}

Instant Dock::Clock() {
  const Lock lock(mutex_);
  return Time();
}

void Dock::EndWaits() {
  {
    const Lock lock(mutex_);
    waits_ended_ = true;
  }
  news_.notify_all();
}

HttpReply Dock::AwaitHistory(Lock& lock, const HistoryQuestion& question) {
  uint64_t seen = question.after;
  const auto answered = [&] {
    const bool news = parts_.history.Has(seen, question.thing);
    seen = parts_.history.last();
    return news || waits_ended_;
  };
  news_.wait_for(lock, question.wait, answered);
  return AnswerHistory(parts_.history, question);
}

// Before each request, so that none sees an execution that should have timed out, and so that the history
// tells apart what a timer did and what the request did.
void Dock::RunOut(Instant now) {
  parts_.service.Tick(now);
  Gather("timer", now);
}

void Dock::Serve(const Request& request, Instant now) {
  const RequestFate fate = parts_.faults.Meet(request);
  cuts_ = fate.cut;
  if (fate.cancel_before && !fate.lost) ForceCancel(request, fate, Fault::Do::kCancelBefore, now);
  std::optional<Publication> reply;
  if (!fate.lost) reply = Decide(request, fate, now);
  parts_.history.Record(now, "mqtt-in", RequestEntry(request, reply ? &*reply : nullptr));
  for (const Fault& fault : fate.fired) {
    if (fault.act == Fault::Do::kCancelBefore || fault.act == Fault::Do::kCancelAfter) continue;
    parts_.history.Record(now, "fault", FaultEntry(fault, request));
  }
  if (fate.lost) return;
  outgoing_.push_back({*reply, &request});
  Gather("mqtt", now);
  if (fate.cancel_after) ForceCancel(request, fate, Fault::Do::kCancelAfter, now);
}

Publication Dock::Decide(const Request& request, const RequestFate& fate, Instant now) {
  if (!fate.reject_with.empty()) {
    return Reject(request, fate.reject_with, "drydock was told to answer " + fate.reject_with, now);
  }
  if (!fate.stale) return Answer(parts_.service, request, now);
  // Only looks, so that nothing is started; what would be refused is still refused.
  Request look = request;
  if (request.operation == Operation::kStartNext) {
    look.operation = Operation::kDescribeNext;
    look.job_id = kNext;
  }
  Publication reply = Answer(parts_.service, look, now);
  if (reply.topic.ends_with("/accepted")) reply.payload = stale_.Payload(request, now);
  return reply;
}

void Dock::ForceCancel(const Request& request, const RequestFate& fate, Fault::Do when, Instant now) {
  const auto done = parts_.service.control().CancelExecution(request.thing, request.job_id,
                                                             CancelExecutionRequest{.force = true}, now);
  for (const Fault& fault : fate.fired) {
    if (fault.act != when) continue;
    json entry = FaultEntry(fault, request);
    entry["outcome"] = done ? "force-cancelled it" : done.refusal().message;
    parts_.history.Record(now, "fault", entry);
  }
  Gather("fault", now);
}

HttpReply Dock::AnswerApi(const HttpRequest& request, Instant now, milliseconds& late) {
  HttpCall call = CallIn(request);
  if (call.plane == Plane::kOci) call.thing = parts_.oci.ThingOf(request);
  const HttpFate fate = parts_.faults.Meet(call);
  late = fate.delay;
  const HttpReply reply = fate.reject_with.empty() ? Obey(request, call.plane, now)
                                                   : Refuse(request, call.plane, fate.reject_with, now);
  parts_.history.Record(now, "http", HttpEntry(request, call, reply));
  for (const Fault& fault : fate.fired) parts_.history.Record(now, "fault", FaultEntry(fault, request, call));
  return reply;
}

HttpReply Dock::Obey(const HttpRequest& request, Plane plane, Instant now) {
  if (plane == Plane::kOci) return parts_.oci.Answer(request, now);
  return AnswerRest(parts_.service, parts_.endpoints, request, now);
}

// A rule may name two codes only, which each plane has in its own words.
HttpReply Dock::Refuse(const HttpRequest& request, Plane plane, const std::string& code, Instant now) {
  const bool throttled = code == "RequestThrottled";
  const std::string told = "drydock was told to answer " + code;
  if (plane == Plane::kOci) {
    return parts_.oci.Refuse(throttled ? oci::TooManyRequests(told) : oci::InternalServerError(told), request,
                             now);
  }
  const auto refusal = throttled ? RefusalCode::kRequestThrottled : RefusalCode::kInternalError;
  return ErrorReply({.code = refusal, .message = told}, plane == Plane::kData);
}

void Dock::SetClockOffset(milliseconds offset) {
  const auto was = std::exchange(offset_, offset);
  Record("clock", {{"offset_ms", offset.count()}, {"jump_ms", (offset - was).count()}});
}

void Dock::Record(const char* kind, const json& members) { parts_.history.Record(Time(), kind, members); }

void Dock::PublishRaw(const std::string& topic, const std::string& payload) {
  outgoing_.push_back({{Publication::Kind::kRaw, "", topic, payload}, nullptr});
}

// What the service did, into the history; what it has to say, behind what waits to be sent.
void Dock::Gather(const char* by, Instant now) {
  parts_.oci.Observe(now);  // may cancel what it was asked to: before the rest is gathered
  const char* kind = std::string_view(by) == "timer" ? "timer" : "execution";
  for (const Transition& transition : parts_.service.TakeTransitions()) {
    parts_.history.Record(now, kind, TransitionEntry(transition, by));
  }
  for (const Event& event : parts_.service.TakeEvents()) {
    stale_.Note(event);
    outgoing_.push_back({Publish(event), nullptr});
  }
  for (Publication& request : parts_.oci.TakePublications())
    outgoing_.push_back({std::move(request), nullptr});
}

// Everything is decided and nothing has been sent. What must not be forgotten is kept first: nobody is told
// of what a restart would undo.
void Dock::Settle() {
  if (broken_ || !Keep()) {
    cuts_.clear();
    outgoing_.clear();
    return;
  }
  for (const std::string& client : std::exchange(cuts_, {})) parts_.outlet.Cut(client);
  for (const Outgoing& outgoing : std::exchange(outgoing_, {})) Send(outgoing);
  for (const Publication& due : outbox_.TakeDue(Monotonic::now())) SendNow(due);
  if (std::exchange(told_, parts_.history.last()) != parts_.history.last()) news_.notify_all();
  if (NextWake() < wake_) earlier_.notify_all();
}

bool Dock::Keep() {
  Records changes = parts_.service.TakeChanges();
  for (auto& record : parts_.oci.TakeChanges()) changes.push_back(std::move(record));
  const auto kept = parts_.store.Commit(changes);
  if (kept) return true;
  broken_ = true;
  if (parts_.on_broken) parts_.on_broken(kept.error().message);
  return false;
}

void Dock::Send(const Outgoing& outgoing) {
  const Publication& publication = outgoing.publication;
  const SendFate fate = parts_.faults.Meet(publication, outgoing.answers);
  for (const Fault& fault : fate.fired) {
    parts_.history.Record(Time(), "fault", FaultEntry(fault, publication, outgoing.answers));
  }
  const auto now = Monotonic::now();
  for (const milliseconds after : fate.copies) {
    if (after.count() > 0) {
      outbox_.Later(publication, now + after);
    } else if (!fate.hold || !outbox_.Hold(publication, now + *fate.hold)) {
      SendNow(publication);
    }
  }
  for (const std::string& client : fate.cut) parts_.outlet.Cut(client);
}

void Dock::SendNow(const Publication& publication) {
  const bool sent = parts_.outlet.Publish(publication.topic, publication.payload);
  parts_.history.Record(Time(), "mqtt-out", PublicationEntry(publication, sent));
  if (const auto held = outbox_.Release(publication.thing)) SendNow(*held);
}

void Dock::RunTimers() {
  Lock lock(mutex_);
  while (!stopping_) {
    RunOut(Time());
    Settle();
    wake_ = NextWake();
    earlier_.wait_until(lock, wake_);
  }
}

Dock::Monotonic::time_point Dock::NextWake() {
  // Timers are of the wall clock, which may jump: looked at once a second while one runs, within the 60 s
  // that the service allows itself.
  constexpr milliseconds kLook{1000};
  constexpr std::chrono::hours kIdle{1};
  auto wake = Monotonic::now() + kIdle;
  for (const auto& due : {parts_.service.NextDeadline(), parts_.oci.NextWake()}) {
    if (due) wake = std::min(wake, Monotonic::now() + std::clamp(*due - Time(), milliseconds(1), kLook));
  }
  if (const auto next = outbox_.Next()) wake = std::min(wake, *next);
  return wake;
}

}  // namespace kedge::drydock
