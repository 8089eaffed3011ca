// What kedge-link needs to know of the broker. Filled in from kedge.yaml by the program.
#pragma once

#include <chrono>
#include <string>

#include "core/backoff.h"

namespace kedge::link {

struct BrokerConfig {
  enum class Version { kAuto, kV311, kV5 };  // kAuto: 5, and 3.1.1 when the broker does not take it
  std::string host;
  int port = 8883;  // 443: with ALPN x-amzn-mqtt-ca
  std::string client_id;
  std::string ca_file, certificate_file, key_file;  // PEM
  bool tls = true;                                  // false: for a local broker in a test
  Version mqtt_version = Version::kAuto;
  std::chrono::seconds keep_alive{60};               // AWS takes 30 to 1200
  std::chrono::milliseconds connect_timeout{10000};  // until CONNACK, and again until the last SUBACK
  Backoff reconnect{std::chrono::seconds(1), std::chrono::seconds(120), std::chrono::seconds(1)};
};

}  // namespace kedge::link
