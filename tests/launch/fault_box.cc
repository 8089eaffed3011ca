#include "fault_box.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <future>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "sys/files.h"

namespace kedge::launch {
namespace {

constexpr int kExecutes[] = {SYS_execve, SYS_execveat};

bool Has(const auto& calls, int call) {
  return std::find(std::begin(calls), std::end(calls), call) != std::end(calls);
}

// For this thread and what it starts. The descriptor that hands out the calls.
sys::Fd InstallFilter(std::vector<int> calls) {
  for (const int call : kExecutes) {
    if (!Has(calls, call)) calls.push_back(call);
  }
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto to_the_end = static_cast<unsigned char>(calls.size() - i);
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(calls[i]), to_the_end, 0));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  const auto install = [&filter] {
    return static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
  };
  sys::Fd listener(install());
  // Without the privilege a filter is allowed to who can gain none any more.
  if (!listener && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) listener.reset(install());
  return listener;
}

class Box : public FaultBox {
 public:
  void Arm(const Fault& fault) override {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    armed_ = true;
    counted_ = fired_ = 0;
    child_ = 0;
    executed_ = false;
  }
  void Disarm() override {
    const std::lock_guard lock(mutex_);
    armed_ = false;
  }
  int fired() const override {
    const std::lock_guard lock(mutex_);
    return fired_;
  }

  // On the thread of the body.
  void Enter() { agent_ = static_cast<int>(syscall(SYS_gettid)); }
  // On the second thread, until `stop` can be read.
  void Serve(int listener, int stop) {
    for (;;) {
      pollfd ready[] = {{listener, POLLIN, 0}, {stop, POLLIN, 0}};
      if (poll(ready, 2, -1) < 0 && errno != EINTR) return;
      if ((ready[0].revents & POLLIN) != 0) {
        Answer(listener);
      } else if (ready[1].revents != 0 || (ready[0].revents & POLLHUP) != 0) {
        return;
      }
    }
  }

 private:
  void Answer(int listener) {
    seccomp_notif call{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;  // who called was killed
    seccomp_notif_resp answer{};
    answer.id = call.id;
    if (const int error = ErrorFor(static_cast<int>(call.pid), call.data.nr); error != 0) {
      answer.error = -error;
    } else {
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  // 0: let it through.
  int ErrorFor(int thread, int call) {
    const std::lock_guard lock(mutex_);
    if (!armed_) return 0;
    const bool agent = thread == agent_;
    if (!agent) {
      // The first new one is the child; what it executes and starts is not ours to disturb.
      if (child_ == 0) child_ = thread;
      if (thread != child_ || executed_) return 0;
    }
    const bool fails = agent == (fault_.side == Side::kAgent) && Has(fault_.calls, call) && Counts();
    if (!fails && !agent && Has(kExecutes, call)) executed_ = true;
    return fails ? fault_.error : 0;
  }

  bool Counts() {
    ++counted_;
    if (counted_ < fault_.from || (counted_ > fault_.from && !fault_.lasting)) return false;
    ++fired_;
    return true;
  }

  mutable std::mutex mutex_;
  Fault fault_;
  bool armed_ = false;
  int counted_ = 0;
  int fired_ = 0;
  int agent_ = 0;
  int child_ = 0;
  bool executed_ = false;
};

}  // namespace

std::string FaultBox::Run(const std::vector<int>& calls, const std::function<void(FaultBox&)>& body) {
  Box box;
  const sys::Fd stop(eventfd(0, EFD_CLOEXEC));
  std::promise<int> promise;
  std::string why_not;
  std::exception_ptr thrown;
  std::thread filtered([&] {
    box.Enter();
    sys::Fd listener = InstallFilter(calls);
    if (!listener) why_not = std::string("seccomp with a listener: ") + std::strerror(errno);
    const int fd = listener.get();
    promise.set_value(fd);
    if (fd < 0) return;
    try {
      body(box);
    } catch (...) {
      thrown = std::current_exception();
    }
    listener.release();  // closed by whom it serves, at last
  });
  const int fd = promise.get_future().get();
  // This one has no filter: it can always answer. Until the other is gone, for its end makes calls too.
  std::thread answering([&] {
    if (fd >= 0) box.Serve(fd, stop.get());
  });
  filtered.join();
  const uint64_t one = 1;
  if (write(stop.get(), &one, sizeof one) < 0) std::terminate();
  answering.join();
  const sys::Fd listener(fd);
  if (thrown) std::rethrow_exception(thrown);
  return why_not;
}

}  // namespace kedge::launch
