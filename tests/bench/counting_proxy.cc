#include "bench/counting_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace kedge::bench {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int NewSocket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

// What a relay holds back would be the relay's time and not the agent's.
void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

CountingProxy::CountingProxy(int broker_port)
    : broker_port_(broker_port), listener_(NewSocket()), stop_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("the counting proxy cannot listen on the loopback interface");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

CountingProxy::~CountingProxy() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = write(stop_, &one, sizeof one);
  thread_.join();
  for (const Connection& connection : connections_) {
    close(connection.device);
    close(connection.broker);
  }
  close(listener_);
  close(stop_);
}

Traffic CountingProxy::Counted() {
  const std::lock_guard lock(mutex_);
  return traffic_;
}

Traffic CountingProxy::BeforeLastOut() {
  const std::lock_guard lock(mutex_);
  return before_last_out_;
}

void CountingProxy::Run() {
  for (;;) {
    std::vector<pollfd> watched = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      watched.push_back({connection.device, POLLIN, 0});
      watched.push_back({connection.broker, POLLIN, 0});
    }
    if (poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0) return;
    for (size_t i = connections_.size(); i-- > 0;) {
      const Connection connection = connections_[i];
      const bool open = (watched[2 + 2 * i].revents == 0 || Carry(connection, true)) &&
                        (watched[3 + 2 * i].revents == 0 || Carry(connection, false));
      if (open) continue;
      close(connection.device);
      close(connection.broker);
      connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (watched[1].revents != 0) Accept();
  }
}

void CountingProxy::Accept() {
  const int device = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (device < 0) return;
  const int broker = NewSocket();
  const sockaddr_in address = Loopback(broker_port_);
  if (connect(broker, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(device);
    close(broker);
    return;
  }
  SendAtOnce(device);
  SendAtOnce(broker);
  connections_.push_back({device, broker});
}

// False when the connection is over.
bool CountingProxy::Carry(const Connection& connection, bool out) {
  const int from = out ? connection.device : connection.broker;
  const int to = out ? connection.broker : connection.device;
  std::array<char, 65536> buffer;
  const ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  {
    // Counted first: who hears of a message has its bytes in the sum.
    const std::lock_guard lock(mutex_);
    if (out) before_last_out_ = traffic_;
    (out ? traffic_.out : traffic_.in) += got;
  }
  ssize_t sent = 0;
  while (sent < got) {
    const ssize_t more = send(to, buffer.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

}  // namespace kedge::bench
