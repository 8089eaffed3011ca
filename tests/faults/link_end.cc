#include "faults/link_end.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>
#include <variant>

#include "link/packet.h"
#include "sys/unix_socket.h"

namespace kedge::faults {

LinkEnd::LinkEnd(std::string socket_path, Callbacks callbacks)
    : path_(std::move(socket_path)), callbacks_(std::move(callbacks)) {}

void LinkEnd::Connect() {
  const auto address = sys::UnixAddress(path_);
  if (!address) throw std::runtime_error(address.error().message);
  sys::Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw std::runtime_error("socket");
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) return;
  fd_ = std::move(fd);
  Send(*link::Encode(link::Hello{}));
}

void LinkEnd::Wait(std::chrono::milliseconds limit) {
  if (!connected()) Connect();
  if (!connected()) {
    const timespec pause{0, std::chrono::nanoseconds(limit).count()};
    nanosleep(&pause, nullptr);
    return;
  }
  pollfd ready{fd_.get(), POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(limit.count())) > 0) Read();
}

void LinkEnd::Read() {
  while (connected()) {
    std::string text(link::kMaxPacket, '\0');
    const ssize_t got = recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return Close();
    text.resize(static_cast<std::size_t>(got));
    Take(text);
  }
}

void LinkEnd::Take(const std::string& text) {
  const auto packet = link::Decode(text);
  if (!packet) throw std::runtime_error("kedged sends what is no packet: " + packet.error().message);
  if (std::holds_alternative<link::Subscribe>(*packet)) {
    callbacks_.up();
    Send(*link::Encode(link::Up{}));
  } else if (const auto* publish = std::get_if<link::Publish>(&*packet)) {
    Send(*link::Encode(link::Published{publish->id}));
    callbacks_.published(publish->topic, publish->payload);
  } else {
    throw std::runtime_error("kedged sends a packet that only kedge-link may send");
  }
}

void LinkEnd::Deliver(const std::string& topic, const std::string& payload) {
  if (connected()) Send(*link::Encode(link::Message{topic, payload}));
}

void LinkEnd::Send(const std::string& text) {
  if (connected() && send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) Close();
}

}  // namespace kedge::faults
