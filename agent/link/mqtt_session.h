// One attempt at a connection to the broker, from CONNECT until it is lost, on Eclipse Paho MQTT C++. Never
// connects twice: the next attempt is a new MqttSession. The only file that knows Paho's client, and that
// catches its exceptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "link/broker_config.h"

namespace kedge::link {

class MqttSession {
 public:
  // All come on Paho's threads, which hold Paho's lock: they must only post, and not throw.
  struct Callbacks {
    // `inflight`: how many publishes may be unacknowledged at a time. With more, Paho would hold them back
    // itself, and look only once a second whether it may go on.
    std::function<void(int inflight)> connected;
    // code > 0: the broker's CONNACK; otherwise there was none.
    std::function<void(int code)> failed;
    std::function<void(size_t filter, int code)> subscribed;  // not 0: refused, or never answered
    std::function<void(const std::string& why)> lost;         // `why`: what the broker said, or ""
    std::function<void(std::string topic, std::string payload, bool retained)> message;
    std::function<void(int64_t id, int code)> published;  // PUBACK; code > 0: refused, < 0: none came
  };

  MqttSession(const BrokerConfig& config, bool version5, Callbacks callbacks);
  // Sends DISCONNECT when connected, after what was published; a callback may still come until it returns.
  // Blocks for up to some seconds.
  ~MqttSession();

  // These do not block once the host is known to the resolver. kUnavailable: Paho will not, with its reason.
  Result<void> Connect();
  Result<void> Subscribe(size_t filter, const std::string& text);
  Result<void> Publish(int64_t id, const std::string& topic, const std::string& payload, bool retain);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kedge::link
