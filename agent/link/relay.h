// The whole of kedge-link: between kedged's socket and the broker. Holds no opinion of its own: it subscribes
// to what kedged names, carries messages both ways, and says up and down. Without kedged it is not connected
// to the broker either, for a device that answers nobody must not look alive.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/backoff.h"
#include "link/broker.h"
#include "link/packet_socket.h"
#include "link/reasons.h"
#include "sys/event_loop.h"
#include "sys/log.h"

namespace kedge::link {

struct RelayConfig {
  std::string socket_path;  // kedged's
  Backoff reconnect{std::chrono::milliseconds(100), std::chrono::seconds(10), std::chrono::milliseconds(50)};
  BrokerConfig broker;
};

class Relay {
 public:
  // Starts at once. The loop must outlive this.
  Relay(sys::EventLoop& loop, RelayConfig config, std::function<void(sys::LogLevel, const std::string&)> log);

 private:
  void Dial();
  Result<sys::Fd> ConnectToAgent() const;
  void Greet(sys::Fd fd);
  void OnPacket(Packet packet);
  void OnAgentGone(const std::string& reason);
  void DialLater(const std::string& reason);
  void Send(const Packet& packet);
  Broker::Callbacks BrokerCallbacks();

  sys::EventLoop& loop_;
  const RelayConfig config_;
  std::function<void(sys::LogLevel, const std::string&)> log_;
  Reasons reasons_;
  int failures_ = 0;
  sys::Handle timer_;
  std::unique_ptr<PacketSocket> agent_;
  Broker broker_;
};

}  // namespace kedge::link
