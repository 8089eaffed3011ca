// The shell of kedged: event -> Advance -> commit -> act. It decides nothing and remembers only what the
// rooms need to carry actions out. One thread; every member function runs on the loop.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config.h"
#include "core/execution.h"
#include "jobs/cancel.h"
#include "jobs/topics.h"
#include "link/job_link.h"
#include "process/children.h"
#include "store/journal.h"
#include "sys/event_loop.h"

namespace kedge {

class Daemon {
 public:
  // Everything outlives the daemon. `answer` carries an operator's answer to his door; `changed` is called
  // when the status may have changed.
  struct Doors {
    std::function<void(const Answer&)> answer;
    std::function<void()> changed;
  };
  Daemon(const Config& config, sys::EventLoop& loop, store::Journal& journal, process::Children& children,
         const jobs::Topics& topics, Doors doors);

  // Reads the journal and goes on where the last life ended. Once, before the loop runs. `journal_trouble`:
  // what was found wrong with it, as OpenOrReplaceJournal says; the device is then quarantined.
  Result<void> Start(link::JobLink& link, const std::string& boot_id, const std::string& journal_trouble);

  // What the link calls.
  void LinkIsUp();
  void LinkIsDown(const std::string& reason);
  void Receive(const std::string& topic, const std::string& payload, bool retained = false);

  // One event: decide, commit, act. Called from within (a room answers at once), it waits its turn.
  void Handle(decltype(Event::what) what);
  // What the children tell (process::Listeners); `event.task` is filled in from the name.
  void TaskIsOver(const process::TaskName& name, TaskEnded event);
  void TaskTells(const process::TaskName& name, const process::Told& told);
  void TaskOutlives(const process::TaskName& name, const std::string& who);

  const State& state() const { return state_; }
  // What an earlier life of the agent left is still being ended or undone; it does not wait for the network.
  bool Recovering() const;
  // Why nothing gets on, for the watchdog; empty: it does, or waits as it should. `now`: boot time,
  // milliseconds.
  std::string Stuck(int64_t now) const;

 private:
  // `again`: it comes for the second time, after the journal failed and was begun anew.
  struct Incoming {
    decltype(Event::what) what;
    bool again = false;
  };
  void SyncIsOver(const TaskEnded& sync);
  void Work();
  void Release();
  void HandleOne(Incoming incoming);
  void JoinStalled(decltype(Event::what)* what);
  Result<void> Commit(const Transition& next, bool forward);
  void StartJournalAnew(const State& known, const Error& error);
  void Stall(decltype(Event::what) what);
  void Perform(const Action& action);
  void ArmDeadline();
  void RetryStalled();
  void ReceiveCancel(const std::string& payload, bool retained);
  void AnswerOnTopic(const std::string& token, const Answer& answer);
  void NotePublication();
  void PublishState();

  const Config& config_;
  sys::EventLoop& loop_;
  store::Journal& journal_;
  process::Children& children_;
  const jobs::Topics& topics_;
  Doors doors_;
  link::JobLink* link_ = nullptr;

  State state_;
  State committed_;  // what the journal holds
  std::deque<Incoming> inbox_;
  std::vector<HistoryEntry> unsaved_;  // of decisions that could not be journaled; goes with the next one
  bool handling_ = false;
  bool held_ =
      false;  // the inbox waits: for the end of strays, or for a Restarted that could not be journaled
  std::set<process::TaskName> strays_;  // of earlier lives, being ended
  int64_t inherited_ = 0;               // the task that an earlier life began; 0: none
  sys::Handle strays_timer_;
  sys::Handle deadline_;
  int64_t armed_for_ = 0;
  sys::Handle failed_start_;
  // The end of the task waits until what it wrote is on the disks; what else comes of that task waits behind
  // it.
  std::deque<TaskEnded> unsynced_;
  // News that could not be journaled, tried again later; undo and cancels do not wait for it.
  std::deque<decltype(Event::what)> stalled_;
  sys::Handle stall_timer_;
  // Requests of the cancel topic are numbered from -1 downwards, doors number theirs from 1. Those that are
  // not answered yet, and their client tokens.
  int64_t next_topic_request_ = -1;
  std::map<int64_t, std::string> topic_tokens_;
  jobs::CancelGuard cancel_guard_;

  // The state topic.
  std::string published_;     // as last sent since the link came up
  ExecutionId reported_;      // the newest closed execution that it told of
  bool quarantined_ = false;  // as it told
  sys::Handle publish_timer_;
};

}  // namespace kedge
