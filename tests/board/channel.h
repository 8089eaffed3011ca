// Lines to and from a socket of QEMU's: the board's control channel, and the monitor.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sys/files.h"

namespace kedge::board {

class Channel {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Connects as soon as QEMU listens there; throws std::runtime_error when it has not until then.
  Channel(const std::string& path, Time until);

  // False when the other end is gone.
  bool Send(const std::string& line);
  // The next line, without its end; none when `until` passes or the other end is gone.
  std::optional<std::string> Next(Time until);
  bool IsOpen() const { return open_; }

 private:
  sys::Fd fd_;
  std::string read_;  // and not asked for yet
  bool open_ = true;
};

std::string ToBase64(const std::string& bytes);
std::string FromBase64(const std::string& text);

}  // namespace kedge::board
