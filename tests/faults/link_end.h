// kedge-link's end of the socket, without a broker: whoever owns it takes what kedged publishes and says what
// it is to receive. Never waits but in Wait().
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "sys/files.h"

namespace kedge::faults {

class LinkEnd {
 public:
  struct Callbacks {
    std::function<void()> up;  // kedged has been told that the broker is there
    std::function<void(const std::string& topic, const std::string& payload)> published;
  };
  LinkEnd(std::string socket_path, Callbacks callbacks);

  // Connects if it is not connected (and kedged listens), and takes what comes within this time.
  void Wait(std::chrono::milliseconds limit);
  void Deliver(const std::string& topic, const std::string& payload);
  void Close() { fd_.reset(); }
  bool connected() const { return static_cast<bool>(fd_); }

 private:
  void Connect();
  void Read();
  void Take(const std::string& text);
  void Send(const std::string& text);

  const std::string path_;
  const Callbacks callbacks_;
  sys::Fd fd_;
};

}  // namespace kedge::faults
