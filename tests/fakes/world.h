// A device with an agent and a service around it, all simulated: the real core, everything else recording
// fakes. One thread, virtual time, deterministic. The power can be cut at every point between two operations,
// and the invariants of the design are checked all along (Broken()).
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/execution.h"
#include "fakes/fake_service.h"

namespace kedge::fakes {

// What a step of a simulated job does when it runs.
enum class Behaviour { kSucceeds, kFails, kHangs };

// A step writes two files; a power cut may come between them.
struct SimStep {
  Behaviour behaviour = Behaviour::kSucceeds;
  bool protect = true;    // guard "files" on both files
  bool rollback = false;  // the handler has a rollback (and a verify)
  bool check = false;
  OnInterrupt on_interrupt = OnInterrupt::kRollback;
  bool interruptible = true;
  bool ignore_failure = false;
  int wants_reboots = 0;               // the first so many calls of `run` exit with status 194
  std::string arg{};                   // of its program
  int wants_later = 0;                 // the first so many calls of `run` exit with status 75
  int check_later = 0;                 // likewise of `check`
  bool guard_check = false;            // the guard "files" has a check
  int guard_check_status = 0;          // which ends with this
  int verify_status = 0;               // of the guard's verify, once all is as it was
  bool cuts_off = false;               // after `run` no new connection comes about, until it is undone
  bool cuts_off_early = false;         // in the very call that ends with 75, and loses the link at once
  bool needs_connection = false;       // onNoConnection: rollback
  int undo_failures = 0;               // the first so many restores or rollbacks fail
  bool keeps = false;                  // a `run` that succeeds leaves something running on purpose
  std::chrono::milliseconds takes{0};  // of `run`, as it is told afterwards; the world's clock does not move
};
struct SimJob {
  std::string name;
  std::vector<SimStep> steps;
  bool repair = false;
  std::optional<std::chrono::seconds> timeout{};  // of the whole job
  Admission Admit() const;
};

// What became of a step's files when the power went while it ran.
enum class Torn { kNothing, kHalf, kAll };

// Thrown by the world when the planned power cut is reached.
struct PowerCut {};

class World {
 public:
  explicit World(std::vector<SimJob> jobs);

  void Boot(bool new_boot = true);  // the agent starts: Restarted, then LinkUp
  void QueueJobs();                 // the operator creates every job, in order
  void Give(What what) { inbox_.push_back(std::move(what)); }
  void Give(std::vector<What> events);
  // Handles events and lets virtual time pass until everything is at rest. False: it never came to rest (I6).
  bool Settle();
  // One event, as the daemon does it: decide, commit, act.
  void Handle(What what);
  // Events that wait, one at a time; false when none waits.
  bool HandleNext();
  // Until `needle` is in the trace; false when the world comes to rest before.
  bool RunUntil(const std::string& needle);

  // Plans. An operation is a commit, or one action; they are counted from 0.
  int64_t operations = 0;
  int64_t cut_before = -1;     // the power goes before this operation
  Torn torn = Torn::kNothing;  // of the step that ran then
  int64_t end_before = -1;     // the service ends job `end_job` before this operation
  std::string end_job;
  JobStatus end_status = JobStatus::kCanceled;
  bool lose_notifications = false;
  bool reboots_when_asked = true;
  bool stuck = false;  // what is stopped does not end
  // After a PowerCut: what survives. `reboot`: every process is gone too.
  void Restart(bool reboot);

  // What is wrong with the world at rest, or was on the way: empty when the invariants hold.
  std::vector<std::string> Broken() const;

  FakeService service;
  State state;    // the agent's memory
  State journal;  // the disk
  std::vector<HistoryEntry> history;
  std::map<std::string, std::string> files;  // the device
  std::set<int64_t> alive;                   // tasks with a living process
  std::set<int64_t> kept;                    // those that are over and have left something running
  std::map<std::string, int> runs;           // "job step" -> starts of run
  std::map<std::string, int> checks;         // likewise of check
  int reboots = 0;                           // of the device, because the agent asked
  std::vector<std::string> trace;            // "event -> answer" and "  action" lines
  std::string Trace() const;
  Instant now{1000, 1700000000000, 0.0};
  Policy policy;
  bool exited = false;

 private:
  void Operation();
  void Perform(const Action& action);
  void Run(const StartTask& start);
  void Undone(const SimStep& sim);
  void Finish(int64_t task, Ending ending, Output output = {}, Usage usage = {});
  const SimJob& JobOf(const std::string& name) const;
  static std::vector<std::string> FilesOf(const std::string& job, size_t step);
  void Write(const std::string& job, size_t step, size_t count);

  std::vector<SimJob> jobs_;
  bool cut_off_ = false;
  std::map<std::string, std::string> original_;
  std::map<std::string, std::map<std::string, std::string>> snapshots_;  // "job step" -> files
  std::deque<What> inbox_;
  std::map<int64_t, std::pair<int64_t, TaskEnded>> later_;  // task -> (boot time, how it ends by itself)
  std::map<int64_t, std::string> running_;                  // living run tasks: "job step"
  std::map<std::string, int> undo_tries_;                   // "job step" -> restores and rollbacks
  bool going_down_ = false;                                 // the system was asked to reboot
  int64_t reached_ = 0;
  int boots_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace kedge::fakes
