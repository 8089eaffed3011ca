#include "bench/cancel_observer.h"

#include <vector>

namespace kedge::bench {
namespace {

void NoteFirst(int64_t& when, int64_t at) {
  if (when == 0) when = at;
}

// A member of a member, or "".
std::string Inner(const rig::json& body, const char* outer, const char* inner) {
  const auto found = body.find(outer);
  return found != body.end() && found->is_object() ? found->value(inner, "") : "";
}

}  // namespace

CancelObserver::CancelObserver(rig::Rig& rig, const std::string& thing)
    : jobs_("$aws/things/" + thing + "/jobs/"), state_("kedge/things/" + thing + "/state") {
  listener_ = std::make_unique<Listener>(
      rig, std::vector{jobs_ + "#", state_},
      [this](int64_t at, const std::string& topic, const std::string& payload) { Hear(at, topic, payload); });
}

void CancelObserver::Expect(const std::string& job) {
  const std::lock_guard lock(mutex_);
  job_ = job;
  told_ = {};
}

CancelTold CancelObserver::Wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  heard_.wait_for(lock, limit, [this] { return told_.published != 0; });
  return told_;
}

void CancelObserver::Hear(int64_t at, const std::string& topic, const std::string& payload) {
  const std::lock_guard lock(mutex_);
  if (job_.empty()) return;
  if (topic == state_) {
    HearState(at, payload);
  } else {
    HearJobs(at, topic.substr(jobs_.size()), payload);
  }
}

void CancelObserver::HearState(int64_t at, const std::string& payload) {
  const auto body = rig::json::parse(payload, nullptr, false);
  if (!body.is_object() || Inner(body, "last", "jobId") != job_) return;
  NoteFirst(told_.published, at);
  told_.published_verdict = Inner(body, "last", "verdict");
  told_.published_status = Inner(body, "last", "status");
  heard_.notify_all();
}

void CancelObserver::HearJobs(int64_t at, const std::string& topic, const std::string& payload) {
  if (topic == "notify" || topic == "notify-next") {
    if (payload.find('"' + job_ + '"') == std::string::npos) NoteFirst(told_.arrived, at);
    return;
  }
  if (told_.arrived == 0 || !topic.starts_with(job_ + "/")) return;
  const std::string what = topic.substr(job_.size() + 1);
  if (what == "get") NoteFirst(told_.asked, at);
  if (what == "get/accepted" || what == "get/rejected") NoteFirst(told_.answered, at);
  if (what != "update") return;
  NoteFirst(told_.reported, at);
  const auto body = rig::json::parse(payload, nullptr, false);
  if (body.is_object()) told_.reported_verdict = Inner(body, "statusDetails", "verdict");
}

}  // namespace kedge::bench
