// A real mosquitto with mutual TLS on a loopback port, in a folder of its own; gone with the object.
#pragma once

#include <sys/types.h>

#include <string>

#include "link/broker_config.h"
#include "link/link_testing.h"
#include "link/test_pki.h"

namespace kedge::link {

class Mosquitto {
 public:
  // `host`: what the broker's certificate is for.
  explicit Mosquitto(const std::string& host = "localhost");
  ~Mosquitto();

  void Start();   // returns when it listens
  void Kill();    // SIGKILL
  void Freeze();  // SIGSTOP; the kernel still takes connections for it
  void Thaw();

  // For a client that is right in everything.
  BrokerConfig Config(BrokerConfig::Version version) const;
  const TestCa& ca() const { return ca_; }
  int port() const { return port_; }
  TempFolder folder;

 private:
  TestCa ca_{"Kedge test CA"};
  int port_;
  pid_t pid_ = -1;
};

}  // namespace kedge::link
