#include "link/broker.h"

#include <algorithm>
#include <utility>

#include "core/utf8.h"
#include "link/credentials.h"
#include "link/diagnosis.h"
#include "link/tcp.h"
#include "sys/clock.h"

namespace kedge::link {
namespace {

// A connection that lasted this long was good: the next loss starts at the shortest delay again. Without it,
// two devices with one client id would throw each other out once a second.
constexpr int64_t kGoodMillis = 30000;
// Messages waiting for the loop; beyond, they are dropped: what matters is asked for again.
constexpr size_t kMaxWaitingBytes = 8 * 1024 * 1024;

std::string Place(const BrokerConfig& config) { return config.host + " port " + std::to_string(config.port); }

std::string Seconds(std::chrono::milliseconds time) {
  const auto tenths = (time.count() + 50) / 100;
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
}

}  // namespace

Broker::Broker(sys::EventLoop& loop, BrokerConfig config, Callbacks callbacks)
    : loop_(loop),
      config_(std::move(config)),
      callbacks_(std::move(callbacks)),
      version5_(config_.mqtt_version != BrokerConfig::Version::kV311),
      version_settled_(config_.mqtt_version != BrokerConfig::Version::kAuto),
      inbox_(loop) {}

Broker::~Broker() {
  session_.reset();  // before the helper: while it lives, Paho keeps threads
  if (helper_.joinable()) helper_.join();
}

void Broker::Start(std::vector<std::string> filters) {
  const bool changed = filters != filters_;
  filters_ = std::move(filters);
  if (wanted_ && !changed) return;
  if (wanted_) Stop();
  wanted_ = true;
  failures_ = 0;
  if (!helper_busy_) Attempt();  // otherwise when the helper is done
}

void Broker::Stop() {
  wanted_ = false;
  timer_.reset();
  if (session_) return Close("", false);
  if (!helper_busy_) state_ = State::kStopped;
}

void Broker::Publish(int64_t id, const std::string& topic, const std::string& payload, bool retain) {
  if (state_ != State::kUp) return;
  if (waiting_.size() >= kMaxWaiting) {
    return callbacks_.log(sys::LogLevel::kWarning, "dropped a message for " + topic +
                                                       ": the broker is slow, " +
                                                       std::to_string(waiting_.size()) + " others wait");
  }
  // AWS refuses RETAIN on its reserved topics (reference 1.3).
  waiting_.push_back({id, topic, payload, retain && !topic.starts_with('$')});
  PublishWaiting();
}

void Broker::PublishWaiting() {
  while (!waiting_.empty() && unacknowledged_ < inflight_) {
    const Outgoing message = std::move(waiting_.front());
    waiting_.pop_front();
    const auto sent = session_->Publish(message.id, message.topic, message.payload, message.retain);
    if (sent) {
      ++unacknowledged_;
    } else {
      callbacks_.log(sys::LogLevel::kWarning, sent.error().message);
    }
  }
}

void Broker::Attempt() {
  state_ = State::kPreparing;
  ++session_number_;
  granted_ = 0;
  unacknowledged_ = 0;
  waiting_.clear();
  refused_version_ = reported_ = false;
  SetDeadline();
  Aside([this, config = config_]() -> std::function<void()> {
    Result<void> ready = CheckCredentials(config);
    if (ready) ready = LookUp(config.host, config.port);
    return [this, ready] { OnPrepared(ready); };
  });
}

void Broker::OnPrepared(const Result<void>& prepared) {
  if (!wanted_) {
    state_ = State::kStopped;
    return;
  }
  if (!prepared) return Retry(prepared.error().message);
  state_ = State::kConnecting;
  SetDeadline();
  try {
    session_ = std::make_unique<MqttSession>(config_, version5_, SessionCallbacks());
  } catch (const std::exception& error) {
    return Retry(std::string("the MQTT client cannot be made: ") + error.what());
  }
  if (auto started = session_->Connect(); !started) Fail(started.error().message, false);
}

MqttSession::Callbacks Broker::SessionCallbacks() {
  const uint64_t number = session_number_;
  MqttSession::Callbacks callbacks;
  callbacks.connected = [this, number](int inflight) {
    Post(number, [this, inflight] { OnConnected(inflight); });
  };
  callbacks.failed = [this, number](int code) { Post(number, [this, code] { OnConnectFailed(code); }); };
  callbacks.subscribed = [this, number](size_t filter, int code) {
    Post(number, [this, filter, code] { OnSubscribed(filter, code); });
  };
  callbacks.lost = [this, number](const std::string& why) { Post(number, [this, why] { OnLost(why); }); };
  callbacks.published = [this, number](int64_t id, int code) {
    Post(number, [this, id, code] { OnPublished(id, code); });
  };
  callbacks.message = [this, number](std::string topic, std::string payload, bool retained) {
    const size_t bytes = topic.size() + payload.size();
    if (waiting_bytes_.load() + bytes > kMaxWaitingBytes) {
      ++flooded_;
      return;
    }
    waiting_bytes_ += bytes;
    inbox_.Post([this, number, bytes, retained, topic = std::move(topic), payload = std::move(payload)] {
      waiting_bytes_ -= bytes;
      if (number == session_number_ && session_) OnMessage(topic, payload, retained);
    });
  };
  return callbacks;
}

void Broker::Post(uint64_t session, std::function<void()> action) {
  inbox_.Post([this, session, action = std::move(action)] {
    if (session == session_number_ && session_) action();
  });
}

void Broker::OnConnected(int inflight) {
  if (state_ != State::kConnecting) return;
  inflight_ = inflight;
  state_ = State::kSubscribing;
  SetDeadline();
  SetNoDelay(config_.port);
  if (filters_.empty()) return OnGranted();
  for (size_t i = 0; i < filters_.size(); ++i) {
    if (auto sent = session_->Subscribe(i, filters_[i]); !sent) return Fail(sent.error().message, false);
  }
}

void Broker::OnConnectFailed(int code) {
  if (state_ != State::kConnecting) return;
  if (!version_settled_ && (code <= 0 || IsVersionRefusal(code))) refused_version_ = true;
  if (code > 0) {
    return Fail("the broker " + Place(config_) + " refuses the connection: " + ConnackText(code, version5_) +
                    "; check the client id " + config_.client_id + " and the IoT policy (iot:Connect)",
                false);
  }
  Fail("the broker " + Place(config_) +
           " closed the connection without an answer to CONNECT; check the client id " + config_.client_id +
           ", and that the certificate is active and the IoT policy allows iot:Connect",
       true);
}

void Broker::OnSubscribed(size_t filter, int code) {
  if (state_ != State::kSubscribing) return;
  if (code != 0) {
    if (code < 0)
      return Fail("the connection was lost before the broker answered SUBSCRIBE; check the IoT policy",
                  false);
    return Fail("the broker refuses the subscription to " + filters_.at(filter) + ": " +
                    RefusalText(code, version5_) + "; check the IoT policy (iot:Subscribe, iot:Receive)",
                false);
  }
  if (++granted_ == filters_.size()) OnGranted();
}

void Broker::OnGranted() {
  timer_.reset();
  state_ = State::kUp;
  version_settled_ = true;
  up_since_ = sys::BootMillis();
  const std::string before = reasons_.Summary();
  callbacks_.log(sys::LogLevel::kInfo, "connected to " + Place(config_) + ", MQTT " +
                                           (version5_ ? "5" : "3.1.1") + ", " +
                                           std::to_string(filters_.size()) + " subscriptions granted" +
                                           (before.empty() ? "" : " (before: " + before + ")"));
  reasons_.Clear();
  callbacks_.up();
}

void Broker::OnLost(const std::string& why) {
  std::string reason = "the connection to " + Place(config_) + " was lost: ";
  if (!why.empty()) {
    reason += "the broker says '" + why + "'";
  } else {
    reason += "closed by the broker or the network, or no answer to the keep-alive of " +
              std::to_string(config_.keep_alive.count()) + " s";
  }
  Fail(reason, false);
}

void Broker::OnMessage(const std::string& topic, const std::string& payload, bool retained) {
  if (state_ != State::kUp && state_ != State::kSubscribing) return;
  if (const uint64_t flooded = flooded_.exchange(0); flooded != 0) {
    callbacks_.log(sys::LogLevel::kWarning,
                   "dropped " + std::to_string(flooded) + " messages that came too fast");
  }
  if (FindInvalidUtf8(topic) != std::string::npos || FindInvalidUtf8(payload) != std::string::npos) {
    if (++not_text_ == 1) {
      callbacks_.log(sys::LogLevel::kWarning,
                     "dropped a message whose payload is not UTF-8 text; further ones are only "
                     "counted");
    }
    return;
  }
  callbacks_.message(topic, payload, retained);
}

void Broker::OnPublished(int64_t id, int code) {
  if (state_ != State::kUp) return;
  --unacknowledged_;
  if (code > 0) {
    callbacks_.log(sys::LogLevel::kWarning, "the broker refuses a message: " + RefusalText(code, version5_) +
                                                "; check the IoT policy (iot:Publish)");
  }
  if (code >= 0) callbacks_.published(id);
  PublishWaiting();
}

void Broker::OnDeadline() {
  const std::string limit = Seconds(config_.connect_timeout);
  if (state_ == State::kPreparing) {
    // The helper cannot be interrupted; the attempt goes on, or ends, when it is done.
    return ReportDown("looking up " + config_.host + " takes longer than " + limit +
                      "; check the network and DNS");
  }
  if (state_ == State::kConnecting)
    return Fail("no connection to " + Place(config_) + " within " + limit, true);
  Fail("no answer to SUBSCRIBE from " + Place(config_) + " within " + limit, false);
}

void Broker::SetDeadline() {
  timer_ = loop_.At(sys::BootMillis() + config_.connect_timeout.count(), [this] { OnDeadline(); });
}

void Broker::Fail(const std::string& reason, bool diagnose) {
  if (state_ == State::kUp) {
    if (sys::BootMillis() - up_since_ >= kGoodMillis) failures_ = 0;
    ReportDown(reason);
    reported_ = true;
  }
  Close(reason, diagnose);
}

void Broker::Close(const std::string& reason, bool diagnose) {
  state_ = State::kClosing;
  timer_.reset();
  ++session_number_;
  Aside([this, diagnose, reason, session = std::shared_ptr<MqttSession>(std::move(session_)),
         config = config_]() mutable -> std::function<void()> {
    session.reset();
    std::string found = diagnose ? WhyNotConnected(config, config.connect_timeout) : "";
    const bool broker_answers = found.empty();
    return [this, broker_answers, reason = broker_answers ? reason : found] {
      if (!broker_answers) refused_version_ = false;
      OnClosed(reason);
    };
  });
}

void Broker::OnClosed(const std::string& reason) {
  state_ = State::kStopped;
  if (!wanted_) return;
  if (reason.empty()) return Attempt();  // stopped, and started again meanwhile
  Retry(reason);
}

void Broker::Retry(const std::string& reason) {
  state_ = State::kWaiting;
  if (refused_version_) version5_ = !version5_;
  ++failures_;
  const auto delay = BackoffDelay(config_.reconnect, failures_, sys::RandomFraction());
  if (!reported_) ReportDown(reason);
  timer_ = loop_.At(sys::BootMillis() + delay.count(), [this] { Attempt(); });
}

void Broker::ReportDown(const std::string& reason) {
  const bool changed = reasons_.IsNew(reason);
  if (reasons_.Add(reason)) callbacks_.log(sys::LogLevel::kWarning, reason + "; trying again");
  if (changed) callbacks_.down(reason);
}

void Broker::Aside(std::function<std::function<void()>()> work) {
  helper_busy_ = true;
  helper_ = std::thread([this, work = std::move(work)]() mutable {
    std::function<void()> then = work();
    work = nullptr;  // what it holds ends here, on this thread
    inbox_.Post([this, then = std::move(then)] {
      helper_.join();
      helper_busy_ = false;
      then();
    });
  });
}

}  // namespace kedge::link
