#include "board/channel.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace kedge::board {
namespace {

int MillisecondsUntil(Channel::Time until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

}  // namespace

Channel::Channel(const std::string& path, Time until) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  for (;;) {
    fd_ = sys::Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    if (std::chrono::steady_clock::now() >= until)
      throw std::runtime_error("QEMU does not listen on " + path);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

bool Channel::Send(const std::string& line) {
  const std::string bytes = line + "\n";
  for (std::size_t sent = 0; open_ && sent < bytes.size();) {
    const ssize_t now = send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now > 0) {
      sent += static_cast<std::size_t>(now);
    } else if (errno != EINTR) {
      open_ = false;
    }
  }
  return open_;
}

std::optional<std::string> Channel::Next(Time until) {
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    pollfd wait{fd_.get(), POLLIN, 0};
    if (!open_ || poll(&wait, 1, MillisecondsUntil(until)) == 0) return std::nullopt;
    std::array<char, 65536> bytes;
    const ssize_t got = read(fd_.get(), bytes.data(), bytes.size());
    if (got > 0) {
      read_.append(bytes.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      open_ = false;
    }
  }
}

std::string ToBase64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // with the end that OpenSSL writes
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string FromBase64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) throw std::runtime_error("this is not base64: " + text.substr(0, 80));
  // It counts the padding as zeros.
  const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace kedge::board
