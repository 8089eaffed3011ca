// A call whose agent is killed: a second process plays the agent, so that pipes close and nobody listens any
// more; then the bench does what the next start of an agent does.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "conform/bench.h"
#include "process/clone.h"
#include "process/pidfd.h"
#include "sys/clock.h"

namespace kedge::conform {
namespace {

// The life of an agent that starts one task and may be killed at any moment. `word` hears of the start, and
// of the end by its end.
[[noreturn]] void Live(const process::ContainmentConfig& containment, const process::ChildSpec& spec,
                       int word) {
  sys::EventLoop loop;
  auto made = process::MakeChildren(loop, containment,
                                    {[&loop](const process::TaskName&, const Ending&, const Output&,
                                             const Usage&, const process::Told&) { loop.Stop(0); },
                                     {},
                                     {}});
  if (!made) _exit(1);
  made->children->Start(spec);
  if (write(word, "s", 1) != 1) _exit(1);
  loop.Run();
  _exit(0);  // nothing of the parent's is to be unwound here
}

}  // namespace

Called Bench::RunAndCrash(const process::ChildSpec& spec, const StopAt& stop) {
  const auto failed = [](const std::string& what) {
    return Called{CouldNotStart{sys::ErrnoError(what, errno).message}, {}, {}, {}, false};
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("pipe");
  const sys::Fd word(ends[0]);
  sys::Fd other(ends[1]);
  auto life = process::CloneChild(nullptr);
  if (!life) return Called{CouldNotStart{life.error().message}, {}, {}, {}, false};
  // This process has one thread, so that no lock is held by nobody on the other side.
  if (life->pid == 0) Live(containment_config_, spec, other.get());
  other.reset();

  called_ = Called{};
  life_ = life->pidfd.get();
  sys::Handle moment;
  const auto end_life = [&] { process::SendSignals(life->pidfd.get(), {SIGKILL}); };
  auto on_word = loop_.OnFd(word.get(), EPOLLIN | EPOLLHUP, [&](uint32_t) {
    char byte = 0;
    if (read(word.get(), &byte, 1) == 1) {
      moment = loop_.At(sys::BootMillis() + stop.after.count(), [&] {
        called_.stopped = true;
        end_life();
      });
      return;
    }
    loop_.Stop(0);  // it has ended, or was killed
  });
  loop_.Run();
  on_word.reset();
  moment.reset();
  end_life();
  auto on_end = loop_.OnFd(life->pidfd.get(), EPOLLIN, [this](uint32_t) { loop_.Stop(0); });
  std::optional<process::Reaped> reaped;
  while (!(reaped = process::Reap(life->pidfd.get()))) loop_.Run();
  on_end.reset();
  life_ = -1;
  if (called_.stopped && stop.alone.count() > 0) {
    const auto later = loop_.At(sys::BootMillis() + stop.alone.count(), [this] { loop_.Stop(0); });
    loop_.Run();
  }
  running_ = spec.name;
  made_.children->StopLeftovers(spec.name);
  WaitFor(spec.name);
  if (!called_.stopped && !interrupted() && !Succeeded(reaped->ending)) {
    called_.ending = CouldNotStart{"the process that plays the agent: " + ToString(reaped->ending)};
  }
  return std::exchange(called_, Called{});
}

}  // namespace kedge::conform
