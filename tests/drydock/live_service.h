// mosquitto and drydock, the real programs, for tests: in a folder of their own, on free ports, gone with
// this object, and also when the test is killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "program.h"

namespace kedge::drydock {

class LiveService {
 public:
  // Serves when this returns, with --history and --files; `more` are further options of drydock serve.
  explicit LiveService(std::vector<std::string> more = {});

  // Once more, after drydock() has ended. Port 0: a free one.
  void StartDrydock(int http_port);

  int broker_port() const { return broker_port_; }
  std::string broker_address() const { return "127.0.0.1:" + std::to_string(broker_port_); }
  int http_port() const { return http_port_; }
  std::string http_address() const { return "127.0.0.1:" + std::to_string(http_port_); }
  std::string url() const { return "http://" + http_address(); }
  std::string File(const std::string& name) const { return folder_.File(name); }

  // The command line of mosquitto_pub or mosquitto_sub, as `program` with its path. It prints line by line:
  // through a pipe it would keep what it has to say to itself.
  std::vector<std::string> MosquittoClient(const std::string& program, std::vector<std::string> words) const;
  // As the device pi-1, on $aws/things/pi-1/jobs/OPERATION; it has reached the broker when this returns.
  void Publish(const std::string& operation, const std::string& payload) const;

  Program& broker() { return *broker_; }
  Program& drydock() { return *drydock_; }

 private:
  const std::vector<std::string> more_;
  TemporaryFolder folder_;
  const int broker_port_ = FreePort();
  int http_port_ = 0;
  std::optional<Program> broker_;
  std::optional<Program> drydock_;
};

}  // namespace kedge::drydock
