// One handler at the bench: its verbs called as kedged calls them, by the same code (task_spec, process/),
// with a folder of its own for states, and everything that a call started dead before the next one begins.
//
// One thread. Needs no configuration, no network and no running kedged, and does not disturb one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "conform/options.h"
#include "core/state.h"
#include "process/linux_children.h"
#include "process/resolve.h"
#include "sys/event_loop.h"

namespace kedge::conform {

enum class StopBy {
  kCancel,  // TERM and CONT, KILL after the grace: a job that is called off
  kCrash,   // the agent is killed and its pipes close, the call runs on for a moment, then KILL: a restart
  kPower,   // KILL to all of it at once
};

struct StopAt {
  StopBy how = StopBy::kCancel;
  std::chrono::milliseconds after{0};  // the program was started
  std::chrono::milliseconds alone{0};  // kCrash: how long it runs on without an agent
};

struct Called {
  Ending ending;
  Output output;
  Usage usage;
  std::vector<process::Told> told;  // as it came in
  bool stopped = false;             // the stop came before it had ended by itself
};

class Bench {
 public:
  // Makes the bench's folder. The error: this cannot be tested here, and why.
  static Result<std::unique_ptr<Bench>> Make(const Options& options);
  ~Bench();  // removes the folder, unless it is to be kept
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  const Config& config() const { return config_; }
  const std::string& folder() const { return folder_; }
  const process::Containment& containment() const { return made_.containment; }
  // Once somebody pressed Ctrl-C: what runs is stopped, and nothing that changes something is started any
  // more.
  bool interrupted() const { return interrupted_; }

  // As the agent looks for it. Errors as of process::FindHandler.
  Result<process::Handler> Find() const;
  // A job of one step begins; the folders of the one before go.
  void BeginJob(const std::vector<std::string>& args);
  StepRecord& record() { return execution_.steps[0]; }
  const std::string& state_folder() const { return state_folder_; }  // KEDGE_STATE_DIR of the job
  Called Call(TaskKind kind, const std::optional<StopAt>& stop = {});
  // Any command, with the bench's search path.
  Called RunCommand(const std::vector<std::string>& argv);

 private:
  explicit Bench(const Options& options);
  Result<void> Prepare();
  void EndJob();
  std::chrono::milliseconds LimitFor(TaskKind kind) const;
  Called Run(const process::ChildSpec& spec, const std::optional<StopAt>& stop);
  Called RunAndCrash(const process::ChildSpec& spec, const StopAt& stop);
  void WaitFor(const process::TaskName& name);
  void Interrupt();
  process::Listeners Ears();

  const Options options_;
  Config config_;
  process::ContainmentConfig containment_config_;
  std::string folder_;
  sys::EventLoop loop_;
  process::MadeChildren made_;
  sys::Handle on_int_;
  sys::Handle on_term_;
  Execution execution_;
  std::string state_folder_;
  int64_t next_task_ = 1;
  process::TaskName running_;  // empty: nothing
  bool over_ = false;
  Called called_;
  int life_ = -1;  // pidfd of the process that plays the agent; -1: none
  bool interrupted_ = false;
};

}  // namespace kedge::conform
