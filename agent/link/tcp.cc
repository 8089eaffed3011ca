#include "link/tcp.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace kedge::link {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> Resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (failed != 0) {
    return Unexpected{ErrorKind::kUnavailable,
                      "the address of " + host + " cannot be found: " + gai_strerror(failed) +
                          "; check broker.endpoint, and whether the network and DNS are up"};
  }
  return Addresses(list);
}

// 0, or an errno.
int ConnectTo(int fd, const addrinfo& address, std::chrono::milliseconds limit) {
  if (connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd ready{fd, POLLOUT, 0};
  if (poll(&ready, 1, static_cast<int>(limit.count())) <= 0) return ETIMEDOUT;
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) return errno;
  return error_number;
}

void SetBlocking(int fd, std::chrono::milliseconds limit) {
  const timeval wait{static_cast<time_t>(limit.count() / 1000),
                     static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

int PeerPort(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return -1;
  if (peer.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(peer).sin_port);
  if (peer.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(peer).sin6_port);
  return -1;
}

// Switches `option` on for this process's TCP connections to `port`; how many there were. Paho does not tell
// its descriptor, and closes and opens it as it likes: it is looked for each time.
int SetOnConnections(int port, int option) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return 0;
  int count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    const int fd =
        std::atoi(entry->d_name);  // "." and ".." give 0: not a connection to `port`, or one of ours
    const int on = 1;
    if (PeerPort(fd) == port && setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on) == 0) ++count;
  }
  return count;
}

}  // namespace

Result<void> LookUp(const std::string& host, int port) {
  Result<Addresses> addresses = Resolve(host, port);
  if (!addresses) return Unexpected{addresses.error()};
  return {};
}

Result<sys::Fd> ConnectTcp(const std::string& host, int port, std::chrono::milliseconds limit) {
  Result<Addresses> addresses = Resolve(host, port);
  if (!addresses) return Unexpected{addresses.error()};
  int error_number = EADDRNOTAVAIL;
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    sys::Fd fd(socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      address->ai_protocol));
    if (!fd) {
      error_number = errno;
      continue;
    }
    error_number = ConnectTo(fd.get(), *address, limit);
    if (error_number == 0) {
      fcntl(fd.get(), F_SETFL, 0);
      SetBlocking(fd.get(), limit);
      return fd;
    }
  }
  return Unexpected{ErrorKind::kUnavailable, "no connection to " + host + " port " + std::to_string(port) +
                                                 ": " + std::strerror(error_number)};
}

int SetNoDelay(int port) { return SetOnConnections(port, TCP_NODELAY); }

void AcknowledgeNow(int port) { SetOnConnections(port, TCP_QUICKACK); }

}  // namespace kedge::link
