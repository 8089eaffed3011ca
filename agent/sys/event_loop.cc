#include "sys/event_loop.h"

#include <signal.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace kedge::sys {
namespace {

void Check(int negative_errno, const char* what) {
  if (negative_errno < 0) throw std::system_error(-negative_errno, std::generic_category(), what);
}

// One sd-event source with its callback. The callback is shared so that it outlives a handle which it
// destroys.
template <typename Callback>
class Source : public Registration {
 public:
  // What the callback throws goes to `thrown`, for sd-event is C: Run passes it on.
  Source(Callback callback, std::exception_ptr& thrown)
      : callback_(std::make_shared<Callback>(std::move(callback))), thrown_(thrown) {}
  ~Source() override { sd_event_source_disable_unref(source_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  sd_event_source** slot() { return &source_; }
  template <typename... Args>
  static int Call(void* self, Args... args) noexcept {
    const auto callback = static_cast<Source*>(self)->callback_;
    std::exception_ptr& thrown = static_cast<Source*>(self)->thrown_;
    try {
      (*callback)(args...);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
    return 0;
  }

 private:
  std::shared_ptr<Callback> callback_;
  std::exception_ptr& thrown_;
  sd_event_source* source_ = nullptr;
};

using FdSource = Source<std::function<void(uint32_t)>>;
using PlainSource = Source<std::function<void()>>;

}  // namespace

EventLoop::EventLoop() { Check(sd_event_new(&event_), "sd_event_new"); }

EventLoop::~EventLoop() { sd_event_unref(event_); }

Handle EventLoop::OnFd(int fd, uint32_t epoll_events, std::function<void(uint32_t ready)> callback) {
  auto source = std::make_unique<FdSource>(std::move(callback), thrown_);
  Check(sd_event_add_io(
            event_, source->slot(), fd, epoll_events,
            [](sd_event_source*, int, uint32_t ready, void* self) { return FdSource::Call(self, ready); },
            source.get()),
        "watch a descriptor");
  return source;
}

Handle EventLoop::At(int64_t boot_millis, std::function<void()> callback) {
  auto source = std::make_unique<PlainSource>(std::move(callback), thrown_);
  const auto micros = static_cast<uint64_t>(std::max<int64_t>(boot_millis, 0)) * 1000;
  Check(sd_event_add_time(
            event_, source->slot(), CLOCK_BOOTTIME, micros, 1000,
            [](sd_event_source*, uint64_t, void* self) { return PlainSource::Call(self); }, source.get()),
        "set a timer");
  return source;
}

Handle EventLoop::OnSignal(int signal, std::function<void()> callback) {
  auto source = std::make_unique<PlainSource>(std::move(callback), thrown_);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  Check(-pthread_sigmask(SIG_BLOCK, &set, nullptr), "block a signal");
  Check(sd_event_add_signal(
            event_, source->slot(), signal,
            [](sd_event_source*, const signalfd_siginfo*, void* self) { return PlainSource::Call(self); },
            source.get()),
        "watch a signal");
  return source;
}

Handle EventLoop::Soon(std::function<void()> callback) {
  auto source = std::make_unique<PlainSource>(std::move(callback), thrown_);
  Check(sd_event_add_defer(
            event_, source->slot(), [](sd_event_source*, void* self) { return PlainSource::Call(self); },
            source.get()),
        "defer a call");
  return source;
}

// Not sd_event_loop: after sd_event_exit an sd_event can never run again, and a test runs its loop many
// times.
int EventLoop::Run() {
  while (!stop_) {
    Check(sd_event_run(event_, UINT64_MAX), "run the event loop");
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
  return *std::exchange(stop_, std::nullopt);
}

void EventLoop::Stop(int status) { stop_ = status; }

sd_event* EventLoop::native() { return event_; }

}  // namespace kedge::sys
