// kedge-link's connection to the broker: MQTT 3.1.1 or 5 on Eclipse Paho, mutual TLS, and a reconnect loop of
// its own.
//
// Always a clean session, always subscribed anew, and `up` only after the broker granted every filter. The
// loop runs on boot time and never uses Paho's automatic reconnect, which sleeps on the wall clock and does
// not wake when that steps back (a Pi has no real-time clock). Each attempt has a deadline; one that hangs is
// thrown away with its client. Single threaded on the event loop; Paho's threads and the one helper thread
// (for what may block: reading the credentials, looking the host up, closing) only post to it. Nothing
// throws.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/backoff.h"
#include "link/inbox.h"
#include "link/mqtt_session.h"
#include "link/reasons.h"
#include "sys/event_loop.h"
#include "sys/log.h"

namespace kedge::link {

class Broker {
 public:
  struct Callbacks {
    std::function<void()> up;
    // Once when the connection is lost, and whenever the reason why there is none changes.
    std::function<void(const std::string& reason)> down;
    std::function<void(const std::string& topic, const std::string& payload, bool retained)> message;
    std::function<void(int64_t id)> published;  // PUBACK
    std::function<void(sys::LogLevel level, const std::string& line)> log;
  };

  Broker(sys::EventLoop& loop, BrokerConfig config, Callbacks callbacks);
  // Says goodbye to the broker, if connected, and waits for the threads: a second or so, the limits of the
  // resolver when a look-up hangs.
  ~Broker();

  // Connects, and keeps trying until Stop. Other filters than before: connects anew.
  void Start(std::vector<std::string> filters);
  // Disconnects; `down` is not called.
  void Stop();
  // Sent in order, as fast as the broker acknowledges. Dropped when not up, or when kMaxWaiting wait.
  void Publish(int64_t id, const std::string& topic, const std::string& payload, bool retain);

  bool up() const { return state_ == State::kUp; }

 private:
  enum class State {
    kStopped,
    kWaiting,      // for the next attempt
    kPreparing,    // the helper reads the credentials and looks the host up
    kConnecting,   // waiting for CONNACK
    kSubscribing,  // waiting for the SUBACKs
    kUp,
    kClosing,  // the helper closes the session
  };
  struct Outgoing {
    int64_t id = 0;
    std::string topic;
    std::string payload;
    bool retain = false;
  };
  static constexpr size_t kMaxWaiting = 4096;

  void Attempt();
  void OnPrepared(const Result<void>& prepared);
  void OnConnected(int inflight);
  void OnConnectFailed(int code);
  void OnSubscribed(size_t filter, int code);
  void OnLost(const std::string& why);
  void OnMessage(const std::string& topic, const std::string& payload, bool retained);
  void OnPublished(int64_t id, int code);
  void OnDeadline();
  void OnGranted();
  void PublishWaiting();

  // Ends the attempt: the helper closes the session and, when `diagnose`, finds out why in detail.
  void Fail(const std::string& reason, bool diagnose);
  void Close(const std::string& reason, bool diagnose);
  void OnClosed(const std::string& reason);
  void Retry(const std::string& reason);
  void ReportDown(const std::string& reason);
  void SetDeadline();
  MqttSession::Callbacks SessionCallbacks();
  // Runs `work` on the helper thread and then what it returns on the loop. One at a time.
  void Aside(std::function<std::function<void()>()> work);
  // Posts to the loop, to be forgotten when the session is another by then.
  void Post(uint64_t session, std::function<void()> action);

  sys::EventLoop& loop_;
  const BrokerConfig config_;
  Callbacks callbacks_;
  std::vector<std::string> filters_;
  State state_ = State::kStopped;
  bool wanted_ = false;
  bool version5_;
  bool version_settled_;
  bool refused_version_ = false;  // by the broker, as it seems: the next attempt uses the other
  bool reported_ = false;         // the end of this attempt is known to the outside already
  size_t granted_ = 0;
  int failures_ = 0;  // since the connection was last good
  std::deque<Outgoing> waiting_;
  int unacknowledged_ = 0;
  int inflight_ = 1;      // the most that may be unacknowledged
  int64_t up_since_ = 0;  // boot time
  uint64_t session_number_ = 0;
  Reasons reasons_;
  sys::Handle timer_;
  std::atomic<size_t> waiting_bytes_{0};  // of messages posted and not yet handled
  std::atomic<uint64_t> flooded_{0};      // messages dropped because too many waited
  uint64_t not_text_ = 0;                 // messages dropped because they are not UTF-8
  Inbox inbox_;
  std::thread helper_;
  bool helper_busy_ = false;
  std::unique_ptr<MqttSession> session_;  // last: its callbacks use the rest
};

}  // namespace kedge::link
