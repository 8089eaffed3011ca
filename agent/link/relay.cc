#include "link/relay.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <variant>

#include "sys/clock.h"
#include "sys/unix_socket.h"

namespace kedge::link {

Relay::Relay(sys::EventLoop& loop, RelayConfig config,
             std::function<void(sys::LogLevel, const std::string&)> log)
    : loop_(loop),
      config_(std::move(config)),
      log_(std::move(log)),
      broker_(loop, config_.broker, BrokerCallbacks()) {
  timer_ = loop_.Soon([this] { Dial(); });
}

Broker::Callbacks Relay::BrokerCallbacks() {
  Broker::Callbacks callbacks;
  callbacks.up = [this] { Send(Up{}); };
  callbacks.down = [this](const std::string& reason) { Send(Down{reason}); };
  callbacks.message = [this](const std::string& topic, const std::string& payload, bool retained) {
    Send(Message{topic, payload, retained});
  };
  callbacks.published = [this](int64_t id) { Send(Published{id}); };
  callbacks.log = [this](sys::LogLevel level, const std::string& line) { log_(level, line); };
  return callbacks;
}

void Relay::Dial() {
  Result<sys::Fd> fd = ConnectToAgent();
  if (!fd) return DialLater(fd.error().message);
  Greet(std::move(*fd));
}

Result<sys::Fd> Relay::ConnectToAgent() const {
  Result<sockaddr_un> address = sys::UnixAddress(config_.socket_path);
  if (!address) return Unexpected{address.error()};
  sys::Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return Unexpected{sys::ErrnoError("connect to kedged at " + config_.socket_path, errno)};
  }
  return fd;
}

void Relay::Greet(sys::Fd fd) {
  agent_ = std::make_unique<PacketSocket>(
      loop_, std::move(fd),
      PacketSocket::Callbacks{[this](Packet packet) { OnPacket(std::move(packet)); },
                              [this](const std::string& reason) { OnAgentGone(reason); }});
  Send(Hello{});
}

void Relay::OnPacket(Packet packet) {
  if (auto* subscribe = std::get_if<Subscribe>(&packet)) {
    log_(sys::LogLevel::kInfo, "connected to kedged at " + config_.socket_path);
    failures_ = 0;
    reasons_.Clear();
    broker_.Start(std::move(subscribe->filters));
  } else if (const auto* publish = std::get_if<Publish>(&packet)) {
    broker_.Publish(publish->id, publish->topic, publish->payload, publish->retain);
  } else {
    OnAgentGone("it sent a packet that only kedge-link may send");
  }
}

void Relay::OnAgentGone(const std::string& reason) {
  agent_.reset();
  broker_.Stop();
  DialLater("the connection to kedged at " + config_.socket_path + " ended: " + reason);
}

void Relay::DialLater(const std::string& reason) {
  if (reasons_.Add(reason)) log_(sys::LogLevel::kWarning, reason + "; trying again");
  ++failures_;
  const auto delay = BackoffDelay(config_.reconnect, failures_, sys::RandomFraction());
  timer_ = loop_.At(sys::BootMillis() + delay.count(), [this] { Dial(); });
}

void Relay::Send(const Packet& packet) {
  if (!agent_) return;
  if (auto sent = agent_->Send(packet); !sent) {
    log_(sys::LogLevel::kWarning, "dropped a message for kedged: " + sent.error().message);
  }
}

}  // namespace kedge::link
