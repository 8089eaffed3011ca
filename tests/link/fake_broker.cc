#include "link/fake_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <stdexcept>

namespace kedge::link {
namespace {

enum Type : uint8_t {
  kConnect = 1,
  kConnack,
  kPublish,
  kPuback,
  kSubscribe = 8,
  kSuback,
  kPing = 12,
  kPong,
  kDisconnect
};

uint16_t Number(const std::string& text, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(text.at(at)) << 8 |
                               static_cast<unsigned char>(text.at(at + 1)));
}

std::string Bytes(uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

std::string Text(const std::string& text, size_t* at) {
  const size_t length = Number(text, *at);
  std::string found = text.substr(*at + 2, length);
  *at += 2 + length;
  return found;
}

}  // namespace

FakeBroker::FakeBroker(sys::EventLoop& loop)
    : loop_(loop), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      listen(listener_.get(), 4) != 0) {
    throw std::runtime_error("fake broker: cannot listen");
  }
  port_ = ntohs(address.sin_port);
  listening_ = loop_.OnFd(listener_.get(), EPOLLIN, [this](uint32_t) { Accept(); });
}

void FakeBroker::Accept() {
  sys::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return;
  ++connections;
  reading_.reset();
  input_.clear();
  held_.clear();
  client_ = std::move(fd);
  reading_ = loop_.OnFd(client_.get(), EPOLLIN, [this](uint32_t) { Read(); });
}

void FakeBroker::Read() {
  char buffer[65536];
  const ssize_t got = recv(client_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got <= 0) return HangUp();
  input_.append(buffer, static_cast<size_t>(got));
  while (client_) {
    size_t length = 0, at = 1;
    for (int shift = 0; at < input_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(input_[at++]);
      length |= static_cast<size_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    if (input_.size() < 2 || input_.size() < at + length) return;
    const auto header = static_cast<uint8_t>(input_[0]);
    const std::string body = input_.substr(at, length);
    input_.erase(0, at + length);
    OnPacket(header, body);
  }
}

void FakeBroker::OnPacket(uint8_t header, const std::string& body) {
  switch (header >> 4) {
    case kConnect:
      return OnConnect(body);
    case kSubscribe:
      return OnSubscribe(body);
    case kPublish:
      return OnPublish(header, body);
    case kPing:
      return Write(kPong << 4, "");
    case kDisconnect:
      ++disconnects;
      return;
    default:
      return;
  }
}

void FakeBroker::OnConnect(const std::string& body) {
  version_ = body.at(6);
  connects.push_back(version_);
  connect_flags.push_back(static_cast<uint8_t>(body.at(7)));
  if (hang_up_on_connect) return HangUp();
  if (!answer_connect) return;
  if (old_refuses_5 && version_ == 5) {
    Write(kConnack << 4, std::string("\0\1", 2));
    return HangUp();
  }
  std::string answer = {'\0', static_cast<char>(connack)};
  if (version_ == 5) answer += '\0';
  Write(kConnack << 4, answer);
  if (connack != 0) HangUp();
}

void FakeBroker::OnSubscribe(const std::string& body) {
  size_t at = 2;
  if (version_ == 5) at += 1 + static_cast<size_t>(body.at(2));
  std::string answer = body.substr(0, 2);
  if (version_ == 5) answer += '\0';
  while (at < body.size()) {
    const std::string filter = Text(body, &at);
    const auto asked = static_cast<uint8_t>(body.at(at++) & 3);
    subscribed.push_back(filter);
    const auto found = suback.find(filter);
    answer += static_cast<char>(found != suback.end() ? found->second : asked);
  }
  held_.push_back(answer);
  if (!hold_subacks) ReleaseSubacks();
}

void FakeBroker::ReleaseSubacks(size_t count) {
  for (; count > 0 && !held_.empty(); --count) {
    Write(kSuback << 4, held_.front());
    held_.erase(held_.begin());
  }
}

void FakeBroker::OnPublish(uint8_t header, const std::string& body) {
  Published message;
  size_t at = 0;
  message.topic = Text(body, &at);
  message.qos = header >> 1 & 3;
  message.retain = header & 1;
  const std::string id = message.qos > 0 ? body.substr(at, 2) : "";
  at += id.size();
  if (version_ == 5) at += 1 + static_cast<size_t>(body.at(at));
  message.payload = body.substr(at);
  published.push_back(message);
  if (!id.empty()) Write(kPuback << 4, id);
}

void FakeBroker::Send(const std::string& topic, const std::string& payload) {
  std::string body = Bytes(static_cast<uint16_t>(topic.size())) + topic;
  if (version_ == 5) body += '\0';
  Write(kPublish << 4, body + payload);
}

void FakeBroker::Dismiss(uint8_t code) {
  Write(kDisconnect << 4, {static_cast<char>(code), '\0'});
  HangUp();
}

void FakeBroker::HangUp() {
  reading_.reset();
  client_.reset();
}

void FakeBroker::Write(uint8_t header, const std::string& body) {
  std::string packet(1, static_cast<char>(header));
  size_t length = body.size();
  do {
    const auto low = static_cast<unsigned char>(length & 0x7f);
    length >>= 7;
    packet += static_cast<char>(length > 0 ? low | 0x80 : low);
  } while (length > 0);
  packet += body;
  if (client_) send(client_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
}

}  // namespace kedge::link
