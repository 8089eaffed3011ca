#include "link/link_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::link {

bool RunUntil(sys::EventLoop& loop, const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const int64_t end = sys::BootMillis() + limit.count();
  bool is_done = false;
  sys::Handle tick;
  std::function<void()> look = [&] {
    is_done = done();
    if (is_done || sys::BootMillis() >= end) return loop.Stop(0);
    tick = loop.At(sys::BootMillis() + 2, look);
  };
  tick = loop.Soon(look);
  loop.Run();
  return is_done;
}

void RunTurns(sys::EventLoop& loop, int turns) {
  sys::Handle next;
  std::function<void()> turn = [&] {
    if (--turns <= 0) return loop.Stop(0);
    next = loop.Soon(turn);
  };
  next = loop.Soon(turn);
  loop.Run();
}

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kedge-link-test.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int FreePort() {
  const sys::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

JobLink::Callbacks Heard::ForJobLink() {
  JobLink::Callbacks callbacks;
  callbacks.up = [this] {
    ++ups;
    events.push_back("up");
  };
  callbacks.down = [this](const std::string& reason) {
    ++downs;
    last_down = reason;
    events.push_back("down: " + reason);
  };
  callbacks.message = [this](const std::string& topic, const std::string& payload, bool retained) {
    messages.emplace_back(topic, payload);
    events.push_back((retained ? "retained message " : "message ") + topic);
  };
  return callbacks;
}

Broker::Callbacks Heard::ForBroker() {
  const JobLink::Callbacks same = ForJobLink();
  Broker::Callbacks callbacks;
  callbacks.up = same.up;
  callbacks.down = same.down;
  callbacks.message = same.message;
  callbacks.published = [this](int64_t) { ++published; };
  callbacks.log = [this](sys::LogLevel, const std::string& line) { log.push_back(line); };
  return callbacks;
}

int Heard::LogCount(const std::string& text) const {
  return static_cast<int>(
      std::count_if(log.begin(), log.end(), [&text](const std::string& line) { return Has(line, text); }));
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace kedge::link
