// The one loop of a program: sd-event behind a small face. One thread; callbacks run on it and must not
// block. Owns every registration; a registration ends when its handle is destroyed (also from inside its own
// callback).
//
// What a callback throws ends the loop: Run throws it again. Registering throws std::system_error where the
// kernel refuses (a bad descriptor, no memory): a reason to end the program with a sentence, never to go on
// half deaf; the journal knows how to go on after that.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "core/result.h"

struct sd_event;

namespace kedge::sys {

// Keeps one registration alive.
class Registration {
 public:
  virtual ~Registration() = default;
};
using Handle = std::unique_ptr<Registration>;

class EventLoop {
 public:
  EventLoop();  // std::system_error (a std::runtime_error) when the kernel gives no epoll: nothing can work
                // then
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls back with EPOLL* bits whenever `fd` is ready (level triggered). The caller keeps owning `fd` and
  // destroys the handle before it closes it.
  Handle OnFd(int fd, uint32_t epoll_events, std::function<void(uint32_t ready)> callback);
  // Calls back once when boot time (sys/clock.h) reaches `boot_millis`. Accuracy 1 ms.
  Handle At(int64_t boot_millis, std::function<void()> callback);
  // Calls back for each `signal`; blocks it in the process first (children must unblock: process/ does).
  // One registration a signal.
  Handle OnSignal(int signal, std::function<void()> callback);
  // Calls back once, on the next turn of the loop.
  Handle Soon(std::function<void()> callback);

  // Runs until Stop(); returns the status given to it. May be called again afterwards. Throws what a callback
  // threw.
  int Run();
  // From a callback, or before Run (which then returns at once).
  void Stop(int status);

  // For sd_bus_attach_event and sd_event_set_watchdog only. Owned by the loop.
  sd_event* native();

 private:
  sd_event* event_ = nullptr;
  std::optional<int> stop_;
  std::exception_ptr thrown_;  // by a callback
};

}  // namespace kedge::sys
