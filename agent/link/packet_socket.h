// One end of the socket between kedged and kedge-link: whole packets in and out on the event loop. Both
// programs use it. Never blocks: what the socket does not take yet waits in a bounded queue.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "core/result.h"
#include "link/packet.h"
#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::link {

// More bytes or packets waiting than this: the other side does not read any more, and the connection is given
// up.
inline constexpr size_t kMaxQueuedBytes = 4 * 1024 * 1024;
inline constexpr size_t kMaxQueuedPackets = 4096;

class PacketSocket {
 public:
  // Either callback may destroy the PacketSocket.
  struct Callbacks {
    std::function<void(Packet packet)> packet;
    // Once: the other end is gone, sent something malformed, or does not read. Nothing comes afterwards.
    std::function<void(const std::string& reason)> closed;
  };

  // `fd`: connected and non-blocking. The loop must outlive this.
  PacketSocket(sys::EventLoop& loop, sys::Fd fd, Callbacks callbacks);

  // kInvalid: this packet cannot be sent (see Encode); the connection is as before. A failure of the
  // connection itself is told by `closed`, never from inside this call.
  Result<void> Send(const Packet& packet);

 private:
  void Watch();
  void OnReady(uint32_t ready);
  void Read();
  void Flush();
  void Close(const std::string& reason);
  void CloseSoon(const std::string& reason);

  sys::EventLoop& loop_;
  sys::Fd fd_;
  Callbacks callbacks_;
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  bool closing_ = false;
  bool watching_write_ = false;
  sys::Handle watch_;
  sys::Handle closing_soon_;
};

}  // namespace kedge::link
