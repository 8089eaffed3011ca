#include "bench/observer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/proc.h"

namespace kedge::bench {
namespace {

constexpr std::chrono::milliseconds kProbeWait{100};
constexpr const char* kProbe = "bench-probe";

// A job that the message offers, or "".
std::string OfferedIn(const nlohmann::json& body) {
  const auto execution = body.find("execution");
  return execution != body.end() && execution->is_object() ? execution->value("jobId", "") : "";
}

}  // namespace

// mosquitto_sub, and a thread that reads what it prints. Not Paho: its receiving thread, once it had nothing
// to do for a second, sleeps for 100 ms, and what comes in that time would be heard late.
class Observer::Listener {
 public:
  using OnMessage = std::function<void(const std::string& topic, const std::string& payload)>;

  Listener(const rig::Rig& rig, const std::vector<std::string>& filters, OnMessage on_message)
      : on_message_(std::move(on_message)) {
    // Line by line: into a pipe it would keep what it has to say to itself. -R: nothing retained. QoS 0: a
    // listener that acknowledged would be more work for the broker, in the time that is measured.
    std::vector<std::string> argv = {"/usr/bin/stdbuf",
                                     "-oL",
                                     "/usr/bin/mosquitto_sub",
                                     "-v",
                                     "-R",
                                     "-q",
                                     "0",
                                     "-h",
                                     "localhost",
                                     "-p",
                                     std::to_string(rig.broker_port()),
                                     "--cafile",
                                     rig.Folder("pki/ca.pem"),
                                     "--cert",
                                     rig.Folder("pki/drydock.pem"),
                                     "--key",
                                     rig.Folder("pki/drydock.key")};
    for (const std::string& filter : filters) argv.insert(argv.end(), {"-t", filter});
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the observer");
    output_ = fdopen(ends[0], "r");
    std::vector<char*> words;
    for (std::string& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failed = posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) {
      fclose(output_);
      throw std::runtime_error("mosquitto_sub does not start");
    }
    reader_ = std::thread([this] { Read(); });
  }

  ~Listener() {
    kill(pid_, SIGKILL);
    reader_.join();
    waitpid(pid_, nullptr, 0);
    fclose(output_);
  }

 private:
  void Read() {
    char* line = nullptr;
    size_t room = 0;
    for (ssize_t length; (length = getline(&line, &room, output_)) > 0;) {
      const std::string text(line, static_cast<size_t>(length - 1));
      const size_t blank = text.find(' ');
      if (blank != std::string::npos) on_message_(text.substr(0, blank), text.substr(blank + 1));
    }
    free(line);
  }

  const OnMessage on_message_;
  FILE* output_ = nullptr;
  pid_t pid_ = -1;
  std::thread reader_;
};

Observer::Observer(rig::Rig& rig, const std::string& thing)
    : rig_(rig), jobs_("$aws/things/" + thing + "/jobs/"), state_("kedge/things/" + thing + "/state") {
  listener_ = std::make_unique<Listener>(rig, std::vector{jobs_ + "#", state_},
                                         [this](const std::string& topic, const std::string& payload) {
                                           Hear(MonotonicNanos(), topic, payload);
                                         });
  // Sockets of this process, drydock's for one, would be inherited by the agent and counted as its own.
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  // It listens when it hears; what is said before that is lost.
  rig::WaitUntil("the observer's hearing", [this] {
    rig_.service().PublishJobs(kProbe, "{}");
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, kProbeWait, [this] { return trips_.contains(kProbe); });
  });
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
