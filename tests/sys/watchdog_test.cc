#include "sys/watchdog.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::sys {
namespace {

// What systemd is to a service: a socket for its notifications.
class Manager {
 public:
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // An abstract name, which the kernel chooses: nothing to remove.
    REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const std::string name(address.sun_path + 1, size - sizeof(sa_family_t) - 1);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    setenv("WATCHDOG_USEC", "30000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  ~Manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
  // How often the watchdog was fed since the last call.
  int Fed() {
    int times = 0;
    char text[256];
    for (ssize_t size; (size = recv(fd.get(), text, sizeof text, MSG_DONTWAIT)) > 0;) {
      CHECK(std::string(text, static_cast<size_t>(size)) == "WATCHDOG=1");
      ++times;
    }
    return times;
  }

  Fd fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_CASE("a loop that turns feeds the watchdog, again and again") {
  Manager manager;
  EventLoop loop;
  const Watchdog watchdog(loop, [] { return std::string(); });
  int fed = manager.Fed();
  CHECK(fed == 1);
  const auto more = loop.OnFd(manager.fd.get(), EPOLLIN, [&](uint32_t) {
    fed += manager.Fed();
    if (fed >= 4) loop.Stop(0);
  });
  const auto limit = loop.At(BootMillis() + 20'000, [&] { loop.Stop(1); });
  CHECK(loop.Run() == 0);
}

TEST_CASE("work that does not get on is not covered up, and counts again when it does") {
  Manager manager;
  EventLoop loop;
  int asked = 0;
  const Watchdog watchdog(loop, [&]() -> std::string {
    ++asked;
    return asked >= 2 && asked <= 4 ? "what was due is not done" : "";
  });
  CHECK(manager.Fed() == 1);
  int fed = 0;
  const auto more = loop.OnFd(manager.fd.get(), EPOLLIN, [&](uint32_t) {
    CHECK(asked == 5);  // three times nothing was told
    fed = manager.Fed();
    loop.Stop(0);
  });
  const auto limit = loop.At(BootMillis() + 20'000, [&] { loop.Stop(1); });
  CHECK(loop.Run() == 0);
  CHECK(fed == 1);
}

TEST_CASE("where nobody expects it nothing is asked") {
  EventLoop loop;
  const Watchdog watchdog(loop, []() -> std::string {
    FAIL("asked");
    return "";
  });
  const auto end = loop.Soon([&] { loop.Stop(0); });
  CHECK(loop.Run() == 0);
}

}  // namespace
}  // namespace kedge::sys
