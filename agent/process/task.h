// One task: a child with all that it started, on its way down the kill ladder.
//
//   running ──► terminating ──► killing ──► over
//
//   running      main child lives. Leaves when it ends (what it left behind gets at most 2 s), at the limit,
//   at Stop. terminating  TERM and CONT were sent; KILL at a set time. killing      KILL was sent and is sent
//   again until nothing is left. What is in uninterruptible sleep takes its time. over         everything is
//   dead, reaped and drained. Reached from any rung as soon as that is so.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "process/capture.h"
#include "process/cgroup.h"
#include "process/children.h"
#include "process/offspring.h"
#include "process/spawn.h"
#include "sys/event_loop.h"

namespace kedge::process {

class Task {
 public:
  // `over` is called on the loop, once, never from inside a call to the task; it may destroy the task.
  Task(sys::EventLoop& loop, Offspring& offspring, TaskName name, std::function<void()> over);
  ~Task();  // ends at once, without waiting, what is still alive
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const TaskName& name() const { return name_; }
  bool is_over() const { return rung_ == Rung::kOver; }
  const Ending& ending() const { return ending_; }  // when over
  Output TakeOutput();                              // once, when over

  // One of these, once. `cgroup_folder` empty: without control groups.
  void Start(const ChildSpec& spec, const std::string& cgroup_folder);
  void EndLeftovers(const std::string& cgroup_folder);
  void Refuse(const std::string& why);  // over with CouldNotStart

  void Stop(std::chrono::milliseconds grace);

 private:
  enum class Rung { kRunning, kTerminating, kKilling, kOver };

  void Enter(pid_t main);
  void Leave();
  Result<void> TryStart(const ChildSpec& spec, const std::string& cgroup_folder);
  void WatchCgroup();
  void OnMainEnded();
  void OnLimit(std::chrono::milliseconds limit, std::chrono::milliseconds grace);
  void Look();  // where do we stand? After every event
  bool AnyoneLeft();
  void Terminate(std::chrono::milliseconds grace);
  void Kill();
  void LookAgainLater();
  void Finish();

  sys::EventLoop& loop_;
  Offspring& offspring_;
  const TaskName name_;
  const std::function<void()> over_;
  bool entered_ = false;  // known to offspring_
  Rung rung_ = Rung::kRunning;
  Ending ending_ = Interrupted{};
  std::chrono::milliseconds grace_for_leftovers_{0};
  int64_t kill_at_ = 0;  // boot time; terminating
  std::chrono::milliseconds look_interval_{0};

  std::optional<Cgroup> cgroup_;
  pid_t main_pid_ = 0;
  sys::Fd main_;  // pidfd; none: not started, or reaped
  sys::Fd start_failure_;
  std::unique_ptr<CapturedPipe> out_;
  std::unique_ptr<CapturedPipe> err_;
  // Below the descriptors that they watch.
  sys::Handle main_watch_;
  sys::Handle cgroup_watch_;
  sys::Handle limit_timer_;
  sys::Handle kill_timer_;
  sys::Handle look_timer_;
  sys::Handle over_call_;
};

}  // namespace kedge::process
