// A device with the real core inside, and a service, a network, a disk, a clock and child processes around
// it, all simulated. One thread, virtual time, deterministic: a scenario and a list of faults make one
// schedule.
//
// A World is a value: a copy goes on from the same moment, so that an exploration can fork at every
// operation. An operation is a commit, one action of the agent, one message that arrives at either side, one
// moment of a child's life, or a deadline. The invariants are checked at each (oracle.cc).
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/execution.h"
#include "jobs/requests.h"
#include "sim/device.h"
#include "sim/disk.h"
#include "sim/fault.h"
#include "sim/scenario.h"
#include "sim/service.h"

namespace kedge::sim {

// What really happened to one execution of the service.
struct Truth {
  std::array<StepTruth, kMostSteps> steps{};
  bool begun = false;        // a task that may change something was started
  bool accepted = false;     // the service accepted IN_PROGRESS from this device
  bool committed = false;    // the service accepted SUCCEEDED
  bool interrupted = false;  // there was a crash since it was created
  bool foreign = false;      // another client had its hands in it
  // As the journal has it.
  bool back = false;  // stopping, rolling back or decided
  bool called_off = false;
  bool closed = false;
  std::optional<Verdict> verdict;
  int verdicts = 0;  // told in the history

  int undo_trouble = 0;    // undo tasks that failed or were interrupted
  bool cancelled = false;  // the operator was told that it is called off
  bool retried = false;    // the operator asked for another attempt
  bool dropped = false;    // its undo data

  int64_t connects_since = 0;  // when it last asked for a new connection, or was started again
};

// Of a request: when it was sent, over which connection, and whether it asked for the document.
struct Asked {
  int64_t at = -1;  // -1: no request
  int connection = 0;
  bool document = false;
};

struct Options {
  bool wire = false;    // every message as topic and bytes through agent/jobs
  uint64_t random = 0;  // seed of the jitter; 0: always one half
  bool jitter = false;  // latencies vary too
};

inline constexpr int64_t kDies = 1;       // ms from a signal to the end
inline constexpr int64_t kStuck = 40000;  // of a process in the D state

class World {
 public:
  World(const Scenario* scenario, const Options& options);

  // One operation. False: nothing is left to happen.
  bool Step();
  // False, and nothing happened, when it would change nothing here.
  bool Apply(const Fault& fault);
  // Message faults have to be known before their message is sent.
  void Plan(const std::vector<Fault>& message_faults) { message_faults_ = message_faults; }
  // Ends every fault that lasts: the link is up, the service answers, the disk takes writes.
  void Heal();
  // Checks what has to hold when nothing is left to happen.
  void CheckAtRest();

  int64_t operations() const { return operations_; }
  const std::vector<std::string>& broken() const { return broken_; }
  bool AgentRuns() const { return agent_up_; }
  // Is a task running whose writes a crash may tear?
  bool TaskWrites() const { return TaskLives(); }
  // The next operation is a commit, an action or an effect: a crash before it is another one than before the
  // operation that went before.
  bool AtCrashPoint() const;
  int64_t messages() const { return messages_; }
  // Notifications went astray while nobody was asking: a job may wait until the device connects again.
  bool NoticesLost() const { return notices_lost_ > 0; }
  // How the first job ended, where the scenario says how it has to without a fault.
  void CheckCalmEnd();
  // After a disk that failed: the agent knows more than the journal, and a restart would do that again.
  bool JournalLags() const { return disk_was_bad_ && agent_up_ && Durable(state_) != *journal_; }

  // Where the story is told; nullptr: nowhere. Not owned.
  void TellTo(std::vector<std::string>* story) { story_ = story; }
  void UseDisk(std::shared_ptr<Disk> disk) { disk_ = std::move(disk); }

 private:
  enum class Stage { kIdle, kCommit, kActions };

  struct ToService {
    Request request;
    jobs::Message wire;
    Asked asked = {};
  };
  struct ToDevice {
    What event;
    jobs::Message wire;
    Asked asked = {};     // what it answers; a notification: nothing
    bool passed = false;  // it is with the agent already, whatever becomes of the link
  };
  struct ToAgent {
    What event;
    bool again = false;  // for the second time, after the journal failed and was begun anew
  };
  struct ChildMoves {
    int64_t serial;
  };
  struct ChildLimit {
    int64_t serial;
  };
  struct ChildDies {
    int64_t serial;
    Ending ending;
  };
  struct ChildSurvives {  // KILL, for the time being
    int64_t serial;
    std::string who;
  };
  struct AgentStarts {};
  struct LinkComes {};
  struct JobCreated {
    size_t job;
  };
  struct TimersRun {};
  struct DeviceReboots {};
  struct StallOver {};
  using Happening =
      std::variant<ToService, ToDevice, ToAgent, ChildMoves, ChildLimit, ChildDies, ChildSurvives,
                   AgentStarts, LinkComes, JobCreated, TimersRun, DeviceReboots, StallOver>;
  struct Item {
    int64_t at = 0;
    int64_t seq = 0;
    Happening what;
  };
  struct NumberedChild {
    int64_t serial = 0;
    Child child;
  };

  // The clock and the agenda (world.cc).
  void At(int64_t when, Happening what);
  bool NextItem();
  Instant Now();
  double Random();
  void Happen(Happening what);
  void On(ToService& item);
  void On(ToDevice& item);
  void On(ToAgent& item);
  void On(ChildMoves& item);
  void On(ChildLimit& item);
  void On(ChildDies& item);
  void On(ChildSurvives& item);
  void On(AgentStarts& item);
  void On(LinkComes& item);
  void On(JobCreated& item);
  void On(TimersRun& item);
  void On(DeviceReboots& item);
  void On(StallOver& item);

  // The daemon's loop (agent.cc).
  void Deliver(What what, bool again = false);
  void TakeStalled(What* what);
  void Commit();
  void CommitFailed();
  void Stall(What what);
  void JournalFails(bool forward);
  bool DiskTakes(bool forward) const;
  void Finish();
  void Perform(const Action& action);
  void Do(const StartTask& start);
  void Do(const StopTask& stop);
  void Do(const StopLeftovers& left);
  void Do(const SendUpdate& update);
  void Do(const AskNext& ask);
  void Do(const Describe& describe);
  void Do(const Reconnect& reconnect);
  void Do(const DropUndo& drop);
  void Do(const Answer& answer);
  void Do(const Exit& exit);

  // The network (network.cc).
  void Send(Request request);
  void Publish(std::vector<What> news, bool heard, const Asked* asked = nullptr);
  std::optional<Fault> MessageFault();
  void ForgetMessages(bool to_service);
  void LinkGoes();
  bool IsCutOff() const;  // no new connection comes about
  void LookForLink();

  // Children (children.cc).
  NumberedChild* ChildOf(int64_t serial);
  NumberedChild* ChildOfTask(int64_t task);
  void DoMoment(Child& child, const Moment& moment);
  void EndChild(int64_t serial, const Ending& ending, bool tell);
  void StopChild(NumberedChild& child, int64_t grace, const Ending* instead);
  void Tear(NumberedChild& child, int got_through);
  void MainExits(NumberedChild& child, int status);
  void Keep(NumberedChild& child, const Ending& ending, bool tell);
  Child RemoveChild(int64_t serial);
  void TellAgent(Child& child, const Ending& ending, bool kept);
  void Speak(Child& child, int words);
  void ForgetWhatIsNotDurable();
  bool TaskLives() const;                // but for what was kept
  bool LivesOf(size_t execution) const;  // a task, or anything that this execution has kept

  // Crashes and other faults (faults.cc).
  void AgentDies();
  void CutPower(int got_through, bool offline, bool journal_lost);
  void Kill(int got_through);
  bool ApplyToService(const Fault& fault);
  bool ApplyToNetwork(const Fault& fault);
  bool ApplyLocal(const Fault& fault);
  void Tell(const std::string& line);

  // The oracle (oracle.cc).
  void Broken(const std::string& what);
  Truth* TruthOf(const ExecutionId& id);
  void CheckStart(const StartTask& start);
  void CheckForward(const StartTask& start, const Truth& truth);
  void CheckRun(const StartTask& start, Truth& truth);
  void CheckUndo(const StartTask& start, const Truth& truth);
  void BeginAnew(const Execution& before, Truth& truth);
  void CheckJobLimit(const StartTask& start, const Truth& truth, size_t job);
  void CheckSurvives(const kedge::State& before);
  // Of waiting (oracle_wait.cc).
  int64_t JobTimeLeft(const Truth& truth, size_t job) const;
  void LearnEnd(const Child& child, const Ending& ending, bool told);
  void LearnAnswer(const ServiceExecution& execution, const Asked& asked);
  void ForgetTries(Truth& truth);
  void CheckTries(const StartTask& start, Truth& truth, size_t job);
  void CheckRenewed(const StartTask& start, StepTruth& step, size_t job);
  void CheckConnected(const std::string& name, size_t before, const Truth& truth, size_t job);
  // Has a check said that the job can never run here?
  bool IsRefused(const SimJob& job, const Truth& truth) const;
  void CheckChecks(const SendUpdate& update, const Truth& truth, size_t job);
  void CheckWaiting(const kedge::State& before, const Truth& truth, size_t execution);
  bool MayBeUnknown(size_t execution) const;
  void CheckFindings(const std::string& name, size_t execution, Verdict verdict);
  void CheckTold(const SendUpdate& update, const Truth& truth);
  void CheckSend(const SendUpdate& update);
  void CheckCommit(const kedge::State& before);
  void CheckVerdict(const ExecutionId& id, size_t execution, Verdict verdict);
  void CheckAccepted(size_t execution, JobStatus status);
  void CheckExecutionAtRest(size_t execution);
  void CheckDeviceAtRest(size_t job);
  bool DiskTakes() const { return disk_full_until_ <= now_ && !disk_fails_ && !disk_gone_; }
  bool IsBack(size_t execution) const;

  const Scenario* scenario_;
  Options options_;
  std::vector<Fault> message_faults_;
  std::vector<std::string>* story_ = nullptr;
  std::shared_ptr<Disk> disk_;
  std::vector<std::string> broken_;

  // The clock.
  int64_t now_ = 0;     // ms since the world began
  int64_t booted_ = 0;  // when the device booted
  int64_t wall_ahead_ = 0;
  uint64_t random_ = 1;
  int64_t operations_ = 0;
  int64_t seq_ = 0;
  int64_t spins_ = 0;  // operations without time passing
  std::vector<Item> agenda_;

  // The agent.
  State state_;
  std::shared_ptr<const State> journal_;
  std::string journal_trouble_;  // what the next start is told
  bool agent_up_ = false;
  bool shutting_down_ = false;  // the system goes down for a reboot: nobody restarts the agent
  int life_ = 0;
  int boot_ = 0;
  Stage stage_ = Stage::kIdle;
  Transition pending_;
  std::shared_ptr<const State> pending_durable_;
  // Only while commits may fail: what is needed to try again.
  std::optional<What> pending_event_;
  std::optional<State> pending_before_;
  size_t next_action_ = 0;
  bool pending_again_ = false;
  bool pending_stalled_ = false;  // given back: the deadline is not armed anew
  std::optional<int64_t> armed_;  // boot time of the next TimePassed, as of the last decision
  std::deque<ToAgent> inbox_;     // before anything else that waits
  std::vector<What> stalled_;
  bool stalling_ = false;  // a retry is on the agenda
  bool held_ = false;      // the inbox waits: a Restarted could not be journaled
  int64_t next_request_ = 1;
  std::vector<int64_t> cancels_;  // those of them that were cancels
  std::vector<int64_t> asked_;    // operator's requests without an answer yet

  // The disk.
  int64_t disk_full_until_ = 0;
  bool reserve_ = true;      // a full disk has room for what undoes and stops
  bool disk_fails_ = false;  // the next write, and the file is not written again
  bool disk_gone_ = false;   // nor can a new one be begun
  bool disk_was_bad_ = false;

  // The network and the service.
  Service service_;
  bool link_ = false;
  int connection_ = 0;       // how many there were
  bool link_waits_ = false;  // until the device is not cut off any more
  int64_t away_until_ = 0;
  int throttled_ = 0;
  RejectedCode throttle_code_ = RejectedCode::kRequestThrottled;
  int64_t messages_ = 0;
  int64_t lost_ = 0;  // messages lost, crashes and foreign changes: what may excuse a stale version
  int64_t notices_lost_ = 0;
  std::string update_in_flight_;  // token
  int64_t update_sent_ = 0;

  // The device.
  std::vector<std::array<Cells, kMostSteps>> cells_;  // by job
  std::vector<std::array<Cells, kMostSteps>> ideal_;  // what the accepted successes have left
  std::vector<NumberedChild> children_;               // alive
  int64_t next_serial_ = 1;
  std::vector<Truth> truth_;  // by execution
  bool journal_was_lost_ = false;
  bool cancel_asked_ = false;
  bool cleared_ = false;   // the operator or a repair may have lifted the quarantine
  bool in_doubt_ = false;  // the journal was lost and nobody has cleared that
};

}  // namespace kedge::sim
