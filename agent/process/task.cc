#include "process/task.h"

#include <sys/epoll.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <utility>

#include "process/launch.h"
#include "process/pidfd.h"
#include "sys/clock.h"

namespace kedge::process {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeftoverGrace{2000};
// How often to look where no event comes: at first often, for most die at once.
constexpr milliseconds kFirstLook{5};
constexpr milliseconds kLongestLook{200};

}  // namespace

Task::Task(sys::EventLoop& loop, Offspring& offspring, TaskName name, std::function<void()> over)
    : loop_(loop), offspring_(offspring), name_(std::move(name)), over_(std::move(over)) {}

Task::~Task() {
  if (rung_ != Rung::kOver) Kill();
  Leave();
}

void Task::Enter(pid_t main) {
  offspring_.Enter(name_, main);
  entered_ = true;
}

// Once only, for a later task may soon have the name; and never for a task that was refused because it is
// taken.
void Task::Leave() {
  if (std::exchange(entered_, false)) offspring_.Leave(name_);
}

Output Task::TakeOutput() {
  Output output;
  if (out_) output.out = out_->Finish();
  if (err_) output.err = err_->Finish();
  return output;
}

void Task::Start(const ChildSpec& spec, const std::string& cgroup_folder) {
  if (auto started = TryStart(spec, cgroup_folder); !started) Refuse(started.error().message);
}

Result<void> Task::TryStart(const ChildSpec& spec, const std::string& cgroup_folder) {
  const auto launch = Prepare(spec);
  if (!launch) return Unexpected(launch.error());
  if (!cgroup_folder.empty()) {
    auto cgroup = Cgroup::Make(cgroup_folder + "/" + name_);
    if (!cgroup) return Unexpected(cgroup.error());
    cgroup_ = std::move(*cgroup);
  }
  auto spawned = Spawn(*launch, cgroup_ ? &*cgroup_ : nullptr);
  if (!spawned) return Unexpected(spawned.error());
  Enter(spawned->pid);
  grace_for_leftovers_ = std::min(spec.grace, kLeftoverGrace);
  main_pid_ = spawned->pid;
  main_ = std::move(spawned->pidfd);
  start_failure_ = std::move(spawned->failure);
  out_ = std::make_unique<CapturedPipe>(loop_, std::move(spawned->out), spec.keep_bytes);
  err_ = std::make_unique<CapturedPipe>(loop_, std::move(spawned->err), spec.keep_bytes);
  main_watch_ = loop_.OnFd(main_.get(), EPOLLIN, [this](uint32_t) { OnMainEnded(); });
  WatchCgroup();
  limit_timer_ = loop_.At(sys::BootMillis() + spec.limit.count(),
                          [this, limit = spec.limit, grace = spec.grace] { OnLimit(limit, grace); });
  return {};
}

void Task::EndLeftovers(const std::string& cgroup_folder) {
  Enter(0);
  if (!cgroup_folder.empty()) {
    // None there, or none that opens: what it may hold is still found by its mark.
    if (auto cgroup = Cgroup::Open(cgroup_folder + "/" + name_)) cgroup_ = std::move(*cgroup);
  }
  WatchCgroup();
  Kill();
}

void Task::WatchCgroup() {
  if (!cgroup_) return;
  cgroup_watch_ = loop_.OnFd(cgroup_->events_fd(), EPOLLPRI, [this](uint32_t) {
    cgroup_->Populated();  // until it has been read, the file stays ready and the loop would spin
    Look();
  });
}

void Task::Refuse(const std::string& why) {
  ending_ = CouldNotStart{why};
  Finish();
}

void Task::Stop(milliseconds grace) {
  if (rung_ == Rung::kRunning || rung_ == Rung::kTerminating) Terminate(grace);
}

void Task::OnLimit(milliseconds limit, milliseconds grace) {
  if (rung_ != Rung::kRunning) return;
  ending_ = TimedOut{limit};
  Terminate(grace);
}

void Task::OnMainEnded() {
  const auto ended = Reap(main_.get());
  if (!ended) return;
  main_watch_.reset();
  main_.reset();
  limit_timer_.reset();
  offspring_.MainReaped(name_);
  if (!std::holds_alternative<TimedOut>(ending_)) ending_ = *ended;
  if (auto started = StartFailure(start_failure_); !started) ending_ = CouldNotStart{started.error().message};
  Look();
}

void Task::Look() {
  if (rung_ == Rung::kOver) return;
  const bool main_lives = static_cast<bool>(main_);
  if (!main_lives && !AnyoneLeft()) return Finish();
  if (rung_ == Rung::kKilling) return Kill();
  if (main_lives) return;  // its end is an event
  if (rung_ == Rung::kRunning) return Terminate(grace_for_leftovers_);
  LookAgainLater();
}

bool Task::AnyoneLeft() { return (cgroup_ && cgroup_->Populated()) || offspring_.Alive(name_); }

void Task::Terminate(milliseconds grace) {
  const int64_t kill_at = sys::BootMillis() + grace.count();
  if (rung_ == Rung::kTerminating && kill_at >= kill_at_) return;  // a second call may only shorten
  const bool first = rung_ == Rung::kRunning;
  rung_ = Rung::kTerminating;
  kill_at_ = kill_at;
  limit_timer_.reset();
  if (grace <= milliseconds(0)) return Kill();
  kill_timer_ = loop_.At(kill_at_, [this] { Kill(); });
  if (!first) return;
  // CONT after TERM: a stopped process acts on neither before it goes on. To each once: a second TERM means
  // "leave at once, without cleaning up" to many a program.
  std::set<pid_t> done;
  if (cgroup_) done = cgroup_->Signal({SIGTERM, SIGCONT});
  if (main_ && !done.contains(main_pid_)) SendSignals(main_.get(), {SIGTERM, SIGCONT});
  offspring_.Signal(name_, {SIGTERM, SIGCONT}, done);
  if (!main_) LookAgainLater();
}

void Task::Kill() {
  rung_ = Rung::kKilling;
  limit_timer_.reset();
  kill_timer_.reset();
  if (main_) SendSignals(main_.get(), {SIGKILL});
  if (cgroup_) cgroup_->Kill();
  offspring_.Kill(name_);
  LookAgainLater();
}

void Task::LookAgainLater() {
  look_interval_ = std::clamp(look_interval_ * 2, kFirstLook, kLongestLook);
  look_timer_ = loop_.At(sys::BootMillis() + look_interval_.count(), [this] { Look(); });
}

void Task::Finish() {
  rung_ = Rung::kOver;
  main_watch_.reset();
  cgroup_watch_.reset();
  limit_timer_.reset();
  kill_timer_.reset();
  look_timer_.reset();
  if (cgroup_) cgroup_->Remove();
  cgroup_.reset();
  Leave();
  over_call_ = loop_.Soon(over_);
}

}  // namespace kedge::process
