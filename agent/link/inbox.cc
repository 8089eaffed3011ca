#include "link/inbox.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace kedge::link {

Inbox::Inbox(sys::EventLoop& loop) : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  watch_ = loop.OnFd(wake_.get(), EPOLLIN, [this](uint32_t) { Drain(); });
}

void Inbox::Post(std::function<void()> action) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = actions_.empty();
    actions_.push_back(std::move(action));
  }
  if (first) eventfd_write(wake_.get(), 1);
}

void Inbox::Drain() {
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  std::vector<std::function<void()>> actions;
  {
    const std::lock_guard lock(mutex_);
    actions.swap(actions_);
  }
  for (const auto& action : actions) action();
}

}  // namespace kedge::link
