// An MQTT broker of a hundred lines for what a good one never does: it refuses, keeps silent, or hangs up, as
// told. Plain TCP on the test's loop, MQTT 3.1.1 and 5, one client at a time, QoS 1.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::link {

class FakeBroker {
 public:
  explicit FakeBroker(sys::EventLoop& loop);

  int port() const { return port_; }

  // How it behaves.
  bool answer_connect = true;
  bool hang_up_on_connect = false;
  bool old_refuses_5 = false;             // speaks only 3.1.1, and says so in 3.1.1
  uint8_t connack = 0;                    // the code for CONNECT
  std::map<std::string, uint8_t> suback;  // the code for a filter; otherwise granted
  bool hold_subacks = false;              // until ReleaseSubacks

  void ReleaseSubacks(size_t count = SIZE_MAX);
  // Sends a PUBLISH (QoS 0) to the client.
  void Send(const std::string& topic, const std::string& payload);
  // Sends a DISCONNECT with a reason (MQTT 5) and hangs up.
  void Dismiss(uint8_t code);
  void HangUp();

  // What it saw.
  struct Published {
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
  };
  int connections = 0;        // TCP
  std::vector<int> connects;  // the protocol version of each CONNECT
  std::vector<uint8_t> connect_flags;
  std::vector<std::string> subscribed;
  std::vector<Published> published;
  int disconnects = 0;  // DISCONNECT packets

 private:
  void Accept();
  void Read();
  void OnPacket(uint8_t header, const std::string& body);
  void OnConnect(const std::string& body);
  void OnSubscribe(const std::string& body);
  void OnPublish(uint8_t header, const std::string& body);
  void Write(uint8_t header, const std::string& body);

  sys::EventLoop& loop_;
  sys::Fd listener_;
  sys::Fd client_;
  sys::Handle listening_;
  sys::Handle reading_;
  int port_ = 0;
  int version_ = 4;
  std::string input_;
  std::vector<std::string> held_;
};

}  // namespace kedge::link
