#include "bench/observer.h"

#include <stdexcept>
#include <vector>

namespace kedge::bench {
namespace {

// A job that the message offers, or "".
std::string OfferedIn(const nlohmann::json& body) {
  const auto execution = body.find("execution");
  return execution != body.end() && execution->is_object() ? execution->value("jobId", "") : "";
}

}  // namespace

Observer::Observer(rig::Rig& rig, const std::string& thing)
    : rig_(rig), jobs_("$aws/things/" + thing + "/jobs/"), state_("kedge/things/" + thing + "/state") {
  listener_ = std::make_unique<Listener>(
      rig, std::vector{jobs_ + "#", state_},
      [this](int64_t at, const std::string& topic, const std::string& payload) { Hear(at, topic, payload); });
}

Observer::~Observer() = default;

void Observer::Hear(int64_t at, const std::string& topic, const std::string& payload) {
  const std::lock_guard lock(mutex_);
  if (topic == state_) {
    if (device_ == 0) device_ = at;
    last_state_ = payload;
  } else {
    HearJobs(at, topic.substr(jobs_.size()), payload);
  }
  heard_.notify_all();
}

void Observer::HearJobs(int64_t at, const std::string& topic, const std::string& payload) {
  const auto body = nlohmann::json::parse(payload, nullptr, false);
  if (!body.is_object()) return;
  const std::string token = body.value("clientToken", "");
  if (topic == "notify-next" || topic == "$next/get/accepted" || topic == "start-next/accepted") {
    const std::string job = OfferedIn(body);
    if (!job.empty() && trips_[job].offered == 0) trips_[job].offered = at;
    return;
  }
  const bool request = topic.ends_with("/update") || topic.ends_with("/get") || topic == "start-next";
  if (request && device_ == 0) device_ = at;
  Trip& trip = trips_[topic.substr(0, topic.find('/'))];
  if (topic.ends_with("/update")) {
    const std::string status = body.value("status", "");
    tokens_[token] = status;
    int64_t& sent = status == "SUCCEEDED" ? trip.finished : trip.asked;
    if (sent == 0) sent = at;
  } else if (topic.ends_with("/update/accepted")) {
    const auto update = tokens_.find(token);
    if (update == tokens_.end()) return;
    int64_t& answered = update->second == "SUCCEEDED" ? trip.done : trip.accepted;
    if (answered == 0) answered = at;
    tokens_.erase(update);
  }
}

Trip Observer::WaitDone(const std::string& job, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  heard_.wait_for(lock, limit, [&] { return trips_[job].done != 0; });
  return trips_[job];
}

Trip Observer::TripOf(const std::string& job) {
  const std::lock_guard lock(mutex_);
  return trips_[job];
}

int64_t Observer::WaitForDevice(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!heard_.wait_for(lock, limit, [this] { return device_ != 0; })) {
    throw std::runtime_error("the device said nothing within " + std::to_string(limit.count()) + " ms\n" +
                             rig_.Logs());
  }
  return device_;
}

void Observer::ForgetDevice() {
  const std::lock_guard lock(mutex_);
  device_ = 0;
}

void Observer::WaitForState(const std::string& job, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const std::string name = "\"" + job + "\"";
  if (!heard_.wait_for(lock, limit, [&] { return last_state_.find(name) != std::string::npos; })) {
    throw std::runtime_error("the state topic did not tell of job " + job + "\n" + rig_.Logs());
  }
}

}  // namespace kedge::bench
