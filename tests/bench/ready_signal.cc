#include "bench/ready_signal.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace kedge::bench {
namespace {

constexpr int kLimitMillis = 10'000;
constexpr const char* kVariable = "NOTIFY_SOCKET";

}  // namespace

ReadySignal::ReadySignal(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      setenv(kVariable, path.c_str(), 1) != 0) {
    throw std::runtime_error("cannot listen for READY=1 at " + path);
  }
}

ReadySignal::~ReadySignal() {
  unsetenv(kVariable);
  close(fd_);
}

void ReadySignal::Forget() {
  std::array<char, 256> text;
  while (recv(fd_, text.data(), text.size(), MSG_DONTWAIT) >= 0) {
  }
}

void ReadySignal::Wait() {
  pollfd watched{fd_, POLLIN, 0};
  while (poll(&watched, 1, kLimitMillis) > 0) {
    std::array<char, 256> text;
    const ssize_t got = recv(fd_, text.data(), text.size(), 0);
    if (got > 0 &&
        std::string_view(text.data(), static_cast<size_t>(got)).find("READY=1") != std::string_view::npos) {
      return;
    }
  }
  throw std::runtime_error("the agent did not say READY=1 within 10 s");
}

}  // namespace kedge::bench
