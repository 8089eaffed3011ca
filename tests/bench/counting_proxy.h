// A relay of TCP connections on the loopback interface that counts the bytes that pass: the payload of TCP,
// which is TLS's records.
#pragma once

#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace kedge::bench {

struct Traffic {  // bytes, as the device sees it
  int64_t out = 0;
  int64_t in = 0;
};

class CountingProxy {
 public:
  explicit CountingProxy(int broker_port);  // throws std::runtime_error
  ~CountingProxy();

  int port() const { return port_; }
  Traffic Counted();
  // What had passed when the device began to send the last that it sent.
  Traffic BeforeLastOut();

 private:
  struct Connection {
    int device;
    int broker;
  };
  void Run();
  void Accept();
  bool Carry(const Connection& connection, bool out);

  const int broker_port_;
  int port_ = 0;
  int listener_ = -1;
  int stop_ = -1;
  std::vector<Connection> connections_;
  std::mutex mutex_;
  Traffic traffic_;
  Traffic before_last_out_;
  std::thread thread_;  // last
};

}  // namespace kedge::bench
