#include "link/packet_socket.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kedge::link {
namespace {

bool WouldBlock(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK; }

}  // namespace

PacketSocket::PacketSocket(sys::EventLoop& loop, sys::Fd fd, Callbacks callbacks)
    : loop_(loop), fd_(std::move(fd)), callbacks_(std::move(callbacks)) {
  // Room for the largest packet (the kernel doubles the figure and caps it at net.core.wmem_max without an
  // error).
  const int bytes = static_cast<int>(kMaxPacket);
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  Watch();
}

Result<void> PacketSocket::Send(const Packet& packet) {
  Result<std::string> text = Encode(packet);
  if (!text) return Unexpected{text.error()};
  if (closing_) return {};
  queued_bytes_ += text->size();
  queue_.push_back(std::move(*text));
  Flush();
  if (queue_.size() > kMaxQueuedPackets || queued_bytes_ > kMaxQueuedBytes) {
    CloseSoon("the other side does not read: " + std::to_string(queue_.size()) + " packets wait");
  }
  return {};
}

void PacketSocket::Watch() {
  watching_write_ = !queue_.empty();
  watch_.reset();  // the kernel takes a descriptor once
  watch_ = loop_.OnFd(fd_.get(), EPOLLIN | (watching_write_ ? EPOLLOUT : 0u),
                      [this](uint32_t ready) { OnReady(ready); });
}

void PacketSocket::OnReady(uint32_t ready) {
  if (ready & EPOLLOUT) Flush();
  if (ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) Read();  // may destroy this
}

void PacketSocket::Read() {
  if (closing_) return;
  // The length first, so that memory is taken for what comes and not for the largest that may come.
  char probe = 0;
  const ssize_t length = recv(fd_.get(), &probe, sizeof probe, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (length < 0 && (WouldBlock(errno) || errno == EINTR)) return;
  if (length < 0) return Close(std::strerror(errno));
  if (length == 0) return Close("closed by the other side");
  if (static_cast<size_t>(length) > kMaxPacket)
    return Close("a packet of " + std::to_string(length) + " bytes");

  std::string text(static_cast<size_t>(length), '\0');
  const ssize_t got = recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
  if (got != length) return Close("reading: " + std::string(got < 0 ? std::strerror(errno) : "cut short"));
  Result<Packet> packet = Decode(text);
  if (!packet) return Close(packet.error().message);
  const auto deliver = callbacks_.packet;  // a copy: the callback may destroy this, and itself with it
  deliver(std::move(*packet));
}

void PacketSocket::Flush() {
  while (!queue_.empty()) {
    const std::string& text = queue_.front();
    if (send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (WouldBlock(errno)) break;
      return CloseSoon(std::string("sending: ") + std::strerror(errno));
    }
    queued_bytes_ -= text.size();
    queue_.pop_front();
  }
  if (watching_write_ == queue_.empty()) Watch();
}

void PacketSocket::Close(const std::string& reason) {
  closing_ = true;
  watch_.reset();
  queue_.clear();
  const auto closed = callbacks_.closed;
  closed(reason);  // may destroy this
}

void PacketSocket::CloseSoon(const std::string& reason) {
  if (closing_) return;
  closing_ = true;
  watch_.reset();
  queue_.clear();
  closing_soon_ = loop_.Soon([this, reason] { Close(reason); });
}

}  // namespace kedge::link
