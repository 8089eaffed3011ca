// One task: a child with all that it started, on its way down the kill ladder.
//
//   running ──► terminating ──► killing ──► over
//      └─► kept ──────┴────────────┘
//
//   running      the main child lives. Leaves when it ends (what it left behind gets at most 2 s, or is
//   kept),
//                at a limit, at Stop
//   kept         the main child ended well and what it left running may run on: reported once already
//   terminating  TERM and CONT were sent; KILL at a set time
//   killing      KILL was sent and is sent again until nothing is left. What is in uninterruptible sleep
//   takes
//                its time, and is told of
//   over         everything is dead, reaped and drained. Reached from any rung as soon as that is so
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process/capture.h"
#include "process/cgroup_home.h"
#include "process/children.h"
#include "process/offspring.h"
#include "process/output_file.h"
#include "process/pidfd.h"
#include "process/spawn.h"
#include "process/status_pipe.h"
#include "sys/event_loop.h"

namespace kedge::process {

class Task {
 public:
  // What a task needs of its surroundings; outlives it.
  struct Place {
    sys::EventLoop& loop;
    Offspring& offspring;
    const CgroupHome* cgroups;  // null: without control groups
    OutputFile* output;         // null: nothing but what is kept
    const Listeners& listeners;
  };
  // `report` is called on the loop, never from inside a call to the task, when it is over, and before that
  // when something is kept; it may destroy a task that is over.
  Task(const Place& place, TaskName name, std::function<void()> report);
  ~Task();  // ends at once, without waiting, what is still alive
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const TaskName& name() const { return name_; }
  bool is_over() const { return rung_ == Rung::kOver; }
  bool is_kept() const { return rung_ == Rung::kKept; }
  // What is to be reported, when over or kept.
  const Ending& ending() const { return ending_; }
  const Output& output() const { return output_; }
  const Usage& usage() const { return usage_; }
  const Told& told() const { return told_; }

  // One of these, once.
  void Start(const ChildSpec& spec);
  void EndLeftovers();
  void Refuse(const std::string& why);  // over with CouldNotStart

  void Stop(std::chrono::milliseconds grace);

 private:
  enum class Rung { kRunning, kKept, kTerminating, kKilling, kOver };

  void Enter(pid_t main);
  void Leave();
  Result<void> TryStart(const ChildSpec& spec);
  void Connect(Spawned spawned);
  void WatchCgroup();
  void OnMainEnded();
  void OnOutput(bool is_stderr, std::string_view bytes);
  void EndAtLimit(Ending ending);
  void Look();  // where do we stand? After every event
  bool AnyoneLeft();
  std::vector<Process> Living();
  void NoteLeftovers();
  void Terminate(std::chrono::milliseconds grace);
  void Kill();
  void TellSurvivors();
  void LookAgainLater();
  void Keep();
  void Report();
  void Drain();
  void Account();
  void Finish();

  const Place place_;
  const TaskName name_;
  const std::function<void()> report_;
  bool entered_ = false;  // known to offspring
  Rung rung_ = Rung::kRunning;

  Limits limits_;
  Leftovers leftovers_ = Leftovers::kEnd;
  std::string heading_;
  std::chrono::milliseconds grace_{0};  // at a limit
  int64_t started_ = 0;                 // boot time; 0: never
  int64_t kill_at_ = 0;                 // boot time; terminating
  int64_t killed_at_ = 0;               // boot time of the first KILL; 0: none yet
  bool reported_ = false;               // that something is kept
  bool ended_by_us_ = false;            // the main child was sent a signal before it ended
  int64_t oom_before_ = 0;      // kills on the whole device, where no controller counts the task's own
  int64_t believed_until_ = 0;  // boot time: see AnyoneLeft; 0: nothing to believe
  int64_t written_ = 0;         // bytes to both streams
  std::string survivors_;
  std::chrono::milliseconds look_interval_{0};

  Ending ending_ = Interrupted{};
  bool decided_ = false;  // by a limit: how the main child ends does not matter any more
  Output output_;
  Usage usage_;
  Told told_;

  std::optional<Staged> staged_;
  std::optional<Cgroup> cgroup_;
  pid_t main_pid_ = 0;
  sys::Fd main_;  // pidfd; none: not started, or reaped
  sys::Fd start_failure_;
  std::unique_ptr<CapturedPipe> out_;
  std::unique_ptr<CapturedPipe> err_;
  std::unique_ptr<StatusPipe> status_;
  // Below the descriptors that they watch.
  sys::Handle main_watch_;
  sys::Handle cgroup_watch_;
  sys::Handle limit_timer_;
  sys::Handle kill_timer_;
  sys::Handle look_timer_;
  sys::Handle report_call_;
};

}  // namespace kedge::process
