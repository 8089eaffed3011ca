#include "mqtt_face.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "takeover.h"

namespace kedge::drydock {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{100};
constexpr milliseconds kLongestWait{3000};
constexpr std::chrono::seconds kPatience{10};
constexpr const char* kAllJobs = "$aws/things/+/jobs/#";
// Of Kedge's agent: what it is doing, and what became of a request to cancel.
constexpr std::array kOfTheAgent = {"kedge/things/+/state", "kedge/things/+/cancel/+"};
constexpr int kQos = 1;
// Well below the 20 of mosquitto's default. With as many unacknowledged as the broker allows, Paho's sender
// sleeps for a second before it looks again (seen: 25 messages a second), so it must never get there.
constexpr int kWidestWindow = 16;

std::string Address(const Broker& broker) {
  return (broker.ca.empty() ? "tcp://" : "ssl://") + broker.host + ":" + std::to_string(broker.port);
}

mqtt::create_options CreateOptions() {
  // The limit also counts what is on its way over a live connection; a burst of events must not meet it.
  return mqtt::create_options_builder()
      .mqtt_version(MQTTVERSION_5)
      .max_buffered_messages(std::numeric_limits<int>::max())
      .finalize();
}

int PeerPort(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return 0;
  if (peer.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&peer)->sin_port);
  if (peer.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&peer)->sin6_port);
  return 0;
}

// Paho neither sets TCP_NODELAY nor shows its socket. A reply right behind a PUBACK would wait 40 ms for the
// broker's delayed ACK, so the socket is found by where it leads to.
void SendAtOnce(int broker_port) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (PeerPort(fd) != broker_port) continue;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
}

}  // namespace

MqttFace::MqttFace(Broker broker, Say say)
    : broker_(std::move(broker)),
      say_(std::move(say)),
      client_(Address(broker_), "drydock-" + std::to_string(getpid()), CreateOptions()) {}

MqttFace::~MqttFace() { Stop(); }

void MqttFace::Start(OnMessage on_message, OnReady on_ready) {
  on_ready_ = std::move(on_ready);
  on_message_ = std::move(on_message);
  // Only put aside: Paho may call this with its own lock held, and whoever handles a message waits for the
  // dock's, under which others publish, and so wait for Paho's.
  client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
    const std::lock_guard lock(mutex_);
    arrived_.push_back(message);
    changed_.notify_all();
  });
  const auto lost = [this] {
    const std::lock_guard lock(mutex_);
    lost_ = true;
    changed_.notify_all();
  };
  client_.set_connection_lost_handler([lost](const std::string&) { lost(); });
  // A broker that says DISCONNECT first (MQTT 5) is heard here, and then not as a connection that is lost.
  client_.set_disconnected_handler([this, lost](const mqtt::properties&, mqtt::ReasonCode reason) {
    const char* why = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason));
    say_(std::string("the broker closes the connection (") + (why == nullptr ? "no reason" : why) + ")");
    lost();
  });
  deliverer_ = std::thread([this] { Deliver(); });
  keeper_ = std::thread([this] { Run(); });
}

void MqttFace::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (keeper_.joinable()) keeper_.join();
  if (deliverer_.joinable()) deliverer_.join();
}

bool MqttFace::Publish(const std::string& topic, const std::string& payload) {
  const std::lock_guard lock(mutex_);
  if (lost_) return false;
  waiting_.push_back({.topic = topic, .payload = payload, .cut = ""});
  changed_.notify_all();
  return true;
}

void MqttFace::Cut(const std::string& client_id) {
  const std::lock_guard lock(mutex_);
  if (lost_) return;  // the devices will have noticed
  waiting_.push_back({.topic = "", .payload = "", .cut = client_id});
  changed_.notify_all();
}

void MqttFace::on_success(const mqtt::token&) {
  const std::lock_guard lock(mutex_);
  in_flight_ = std::max(0, in_flight_ - 1);
  changed_.notify_all();
}

void MqttFace::on_failure(const mqtt::token& token) { on_success(token); }

void MqttFace::Deliver() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !arrived_.empty(); });
    if (stopping_) return;
    const auto message = std::move(arrived_.front());
    arrived_.pop_front();
    lock.unlock();
    on_message_(message->get_topic(), message->to_string());
    lock.lock();
  }
}

void MqttFace::Run() {
  milliseconds wait = kFirstWait;
  Lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool up = TryConnect();
    lock.lock();
    if (up) {
      wait = kFirstWait;
      WorkUntilLost(lock);
      if (lost_) say_("the connection to the broker is lost; connecting again");
    } else {
      changed_.wait_for(lock, wait, [this] { return stopping_; });
      wait = std::min(2 * wait, kLongestWait);
    }
  }
  lock.unlock();
  try {
    // Waits for what was handed over and not yet acknowledged, as long as that takes a healthy broker.
    client_.disconnect(milliseconds(500))->wait_for(milliseconds(1500));
  } catch (const mqtt::exception&) {
    // not connected: nothing to take leave of
  }
}

// A cut waits until the broker has all that was sent before.
bool MqttFace::MayGoOn() const {
  if (waiting_.empty()) return false;
  return waiting_.front().cut.empty() ? in_flight_ < window_ : in_flight_ == 0;
}

// Each task without the lock: Paho holds a lock of its own when it calls on_success().
void MqttFace::WorkUntilLost(Lock& lock) {
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || lost_ || MayGoOn(); });
    if (lost_ || (stopping_ && !MayGoOn())) break;
    const Task task = std::move(waiting_.front());
    waiting_.pop_front();
    if (task.cut.empty()) ++in_flight_;
    lock.unlock();
    task.cut.empty() ? SendOne(task) : CutOne(task);
    lock.lock();
  }
  waiting_.clear();
}

void MqttFace::SendOne(const Task& task) {
  try {
    client_.publish(task.topic, task.payload.data(), task.payload.size(), kQos, false, nullptr, *this);
  } catch (const mqtt::exception&) {
    // the connection has just been lost, and the message with it
  }
}

void MqttFace::CutOne(const Task& task) const {
  const auto cut = TakeOver(broker_, task.cut);
  if (cut) return;
  say_("cannot cut the connection of client '" + task.cut + "' at the broker " + Address(broker_) + ": " +
       cut.error().message + "; may drydock's credentials use this client id there?");
}

int MqttFace::Connect() {
  const auto connecting = client_.connect(Options());
  if (!connecting->wait_for(kPatience)) throw std::runtime_error("no answer in 10 s");
  const auto response = connecting->get_connect_response();
  const auto& properties = response.get_properties();
  const auto code = mqtt::property::code::RECEIVE_MAXIMUM;
  if (!properties.contains(code)) return kWidestWindow;
  return std::clamp(mqtt::get<uint16_t>(properties, code) - 1, 1, kWidestWindow);
}

bool MqttFace::TryConnect() {
  try {
    const int window = Connect();
    SendAtOnce(broker_.port);
    {
      // Before subscribing: the first request may come before the subscription is reported.
      const std::lock_guard lock(mutex_);
      window_ = window;
      in_flight_ = 0;
      lost_ = false;
    }
    Subscribe();
    last_problem_.clear();
    {
      const std::lock_guard lock(mutex_);
      was_up_ = true;
    }
    on_ready_();
    return true;
  } catch (const std::exception& e) {
    if (last_problem_ != e.what()) {
      last_problem_ = e.what();
      say_("cannot serve at the broker " + Address(broker_) + ": " + last_problem_ + "; trying on");
    }
  }
  {
    const std::lock_guard lock(mutex_);
    lost_ = was_up_;
    if (was_up_) waiting_.clear();
  }
  try {
    client_.disconnect(0)->wait_for(kPatience);
  } catch (const mqtt::exception&) {
    // was not connected
  }
  return false;
}

void MqttFace::Subscribe() {
  if (!TrySubscribe(kAllJobs)) {
    throw std::runtime_error(std::string("the broker refuses the subscription to ") + kAllJobs);
  }
  for (const char* filter : kOfTheAgent) {
    if (TrySubscribe(filter) || !refused_.insert(filter).second) continue;
    say_(std::string("the broker refuses the subscription to ") + filter +
         ": what Kedge's agent answers there is not heard; all else works");
  }
}

bool MqttFace::TrySubscribe(const char* filter) {
  constexpr bool kNoLocal = true;  // paho 1.2 and 1.5 have different names for it
  mqtt::subscribe_options options(kNoLocal);
  // A request that a broker retains (AWS refuses to) would be made again each time; a state is still true.
  if (std::string_view(filter) == kAllJobs) {
    options.set_retain_handling(mqtt::subscribe_options::DONT_SEND_RETAINED);
  }
  const auto token = client_.subscribe(filter, kQos, options);
  if (!token->wait_for(kPatience)) throw std::runtime_error("the subscription was not answered in 10 s");
  const auto response = token->get_subscribe_response();
  const auto& codes = response.get_reason_codes();
  return std::none_of(codes.begin(), codes.end(), [](auto code) { return code >= 0x80; });
}

mqtt::connect_options MqttFace::Options() const {
  auto options = mqtt::connect_options_builder()
                     .mqtt_version(MQTTVERSION_5)
                     .clean_start(true)
                     .connect_timeout(std::chrono::seconds(5))
                     .keep_alive_interval(std::chrono::seconds(30))
                     .finalize();
  if (!broker_.ca.empty()) {
    mqtt::ssl_options tls;
    tls.set_trust_store(broker_.ca);
    if (!broker_.cert.empty()) tls.set_key_store(broker_.cert);
    if (!broker_.key.empty()) tls.set_private_key(broker_.key);
    tls.set_verify(true);
    options.set_ssl(tls);
  }
  return options;
}

}  // namespace kedge::drydock
