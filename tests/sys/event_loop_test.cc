#include "sys/event_loop.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::sys {
namespace {

TEST_CASE("a deferred call happens once, in the loop and not inside the call that asked") {
  EventLoop loop;
  int calls = 0;
  const auto handle = loop.Soon([&] { ++calls; });
  CHECK(calls == 0);
  const auto after = loop.At(BootMillis() + 5, [&] { loop.Stop(3); });
  CHECK(loop.Run() == 3);
  CHECK(calls == 1);
}

TEST_CASE("timers go off in the order of their times, not before them, and only once") {
  EventLoop loop;
  std::string order;
  const int64_t start = BootMillis();
  const auto late = loop.At(start + 30, [&] {
    order += "c";
    CHECK(BootMillis() >= start + 30);
    loop.Stop(0);
  });
  const auto past = loop.At(start - 1000, [&] { order += "a"; });
  const auto soon = loop.At(start + 10, [&] { order += "b"; });
  loop.Run();
  CHECK(order == "abc");
}

TEST_CASE("a destroyed handle is never called, even when it was due already") {
  EventLoop loop;
  bool called = false;
  Handle victim;
  // Both are due in the same turn: the first to run destroys the other.
  Handle other;
  victim = loop.Soon([&] {
    called = true;
    other.reset();
  });
  other = loop.Soon([&] {
    called = true;
    victim.reset();
  });
  const auto end = loop.At(BootMillis() + 10, [&] { loop.Stop(0); });
  loop.Run();
  CHECK(called);
  CHECK((victim == nullptr) != (other == nullptr));
}

TEST_CASE("a callback may destroy its own handle and still use what it captured") {
  EventLoop loop;
  Handle handle;
  const std::string captured = "long enough to be on the heap, so that a sanitizer sees a use after free";
  std::string seen;
  handle = loop.Soon([&, copy = captured] {
    handle.reset();
    seen = copy;
    loop.Stop(0);
  });
  loop.Run();
  CHECK(seen == captured);
}

TEST_CASE("a ready descriptor is called again until it is read") {
  EventLoop loop;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const Fd reading(ends[0]);
  const Fd writing(ends[1]);
  REQUIRE(write(writing.get(), "ab", 2) == 2);
  std::string read_so_far;
  const auto handle = loop.OnFd(reading.get(), EPOLLIN, [&](uint32_t ready) {
    CHECK((ready & EPOLLIN) != 0);
    char byte = 0;
    REQUIRE(read(reading.get(), &byte, 1) == 1);
    read_so_far += byte;
    if (read_so_far.size() == 2) loop.Stop(0);
  });
  loop.Run();
  CHECK(read_so_far == "ab");
}

TEST_CASE("a signal is called back instead of ending the program") {
  EventLoop loop;
  const auto handle = loop.OnSignal(SIGUSR1, [&] { loop.Stop(7); });
  kill(getpid(), SIGUSR1);
  CHECK(loop.Run() == 7);
}

TEST_CASE("a loop runs again after it was stopped, and a stop before it runs counts") {
  EventLoop loop;
  loop.Stop(1);
  CHECK(loop.Run() == 1);
  const auto handle = loop.Soon([&] { loop.Stop(2); });
  CHECK(loop.Run() == 2);
}

TEST_CASE("what a callback throws comes out of Run, and the loop can be run again") {
  EventLoop loop;
  const auto handle = loop.Soon([&] { std::ignore = loop.OnFd(-1, EPOLLIN, [](uint32_t) {}); });
  CHECK_THROWS_AS(loop.Run(), std::system_error);
  loop.Stop(3);
  CHECK(loop.Run() == 3);
}

TEST_CASE("watching a bad descriptor is refused aloud") {
  EventLoop loop;
  CHECK_THROWS_AS(loop.OnFd(-1, EPOLLIN, [](uint32_t) {}), std::system_error);
}

}  // namespace
}  // namespace kedge::sys
