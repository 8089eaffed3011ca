// The body of Advance: one decision under construction. Private to core; see execution.h for the face and
// execution_table.cc for which member answers which event in which phase.
//
// Members named On... answer an event (a cell of the table). The rest are the moves they are made of; each
// move leaves the state whole, so that a power cut after it finds something that Restarted can go on from.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/execution.h"
#include "core/state.h"

namespace kedge {

// What a rejection of an update means (reference section 4).
struct RejectionMeaning {
  enum class Kind {
    kAlreadyThere,  // our own final status is stored: the acceptance was lost on the way
    kStillOurs,     // only the version was stale
    kLost,          // the service ended the execution
    kTryAgain,      // the service is in trouble, not we
    kBare,          // the details were refused: send the status alone
    kPermanent,     // will be refused for ever
  };
  Kind kind = Kind::kPermanent;
  std::optional<ExecutionState> truth;  // executionState, when it was told
};
RejectionMeaning MeaningOf(const Rejection& rejection, const PendingUpdate& update);

// The tasks that undo step `index`, in order: rollback, guards' restore (packages first, services last), then
// the verifications.
std::vector<Task> UndoTasks(const Execution& execution, size_t index);

// The closed execution `id`; nullptr when the ledger has none (any more).
const Closed* FindClosed(const State& state, const ExecutionId& id);

// The service echoes the token of a request that it could read; of one that it could not, it can only reject
// what the topic names.
enum class TokenRule { kMustMatch, kMayLack };

// `what`, and the last line a child wrote to stderr: where programs put their reason.
std::string WithReason(std::string what, const Capture& err);

// What `run` and `check` exit with when only the moment is wrong (EX_TEMPFAIL of sysexits.h).
inline constexpr int kTryAgainLater = 75;
bool EndedWith(const Ending& ending, int status);
// The output and the usage of a task, for the history: a JSON object as text.
std::string TaskDetail(const TaskEnded& event);

class Decider {
 public:
  Decider(const Policy& policy, State state, Instant now) : policy_(policy), now_(now) {
    transition_.state = std::move(state);
  }
  Transition Finish(std::string answer) {
    ArmIdlePoll();
    transition_.answer = refined_.empty() ? std::move(answer) : std::move(refined_);
    return std::move(transition_);
  }

  // The agent itself (decide_agent.cc).
  void OnRestarted(const Restarted& event);
  void OnRestartedInTask(const Restarted& event);
  void OnRestartedWithOutbox(const Restarted& event);
  void OnRestartedChecking(const Restarted& event);
  void OnRestartedPausing(const Restarted& event);
  void OnRestartedRebooting(const Restarted& event);
  void OnRestartedConnecting(const Restarted& event);
  void OnRestartedBetweenUndo(const Restarted& event);
  void OnRestartedReporting(const Restarted& event);
  void OnLinkUpIdle(const LinkUp& event);
  void OnLinkUpBusy(const LinkUp& event);
  void OnLinkUpWithOutbox(const LinkUp& event);
  void OnLinkUpRunning(const LinkUp& event);
  void OnLinkDown(const LinkDown& event);
  void OnTimeIdle(const TimePassed& event);
  void OnTimeWithOutbox(const TimePassed& event);
  void OnTimeRunning(const TimePassed& event);
  void OnTimeChecking(const TimePassed& event);
  void OnTimePausing(const TimePassed& event);
  void OnTimeRebooting(const TimePassed& event);
  void OnTimeConnecting(const TimePassed& event);
  void OnTimeStopping(const TimePassed& event);
  void OnTimeRollingBack(const TimePassed& event);
  void OnShutdown(const ShutdownRequested& event);
  void OnJournalFailed(const JournalFailed& event);

  // The operator (decide_operator.cc).
  void OnCancelNothing(const CancelRequested& event);
  void OnCancelBeforeStart(const CancelRequested& event);
  void OnCancelRunning(const CancelRequested& event);
  void OnCancelBetweenCalls(const CancelRequested& event);
  void OnCancelFinishing(const CancelRequested& event);
  void OnCancelTooLate(const CancelRequested& event);
  void OnClear(const ClearRequested& event);
  void OnRollbackRequested(const RollbackRequested& event);
  void OnRollbackNothing(const RollbackRequested& event);

  // The service (decide_service.cc).
  void OnOfferedIdle(const Offered& event);
  void OnOfferedQuarantined(const Offered& event);
  void OnOfferedBusy(const Offered& event);
  void OnOfferedRunning(const Offered& event);
  void OnNothingNextIdle(const NothingNext& event);
  void OnNothingNextRunning(const NothingNext& event);
  void OnPendingIdle(const PendingChanged& event);
  void OnPendingRunning(const PendingChanged& event);
  void OnNextRejected(const NextRejected& event);
  void OnDescribedRunning(const Described& event);
  void OnDescribedPausing(const Described& event);
  void OnDescribedConnecting(const Described& event);
  void OnDescribeRejectedRunning(const DescribeRejected& event);
  void OnUpdateAcceptedAccepting(const UpdateAccepted& event);
  void OnUpdateAcceptedRunning(const UpdateAccepted& event);
  void OnUpdateAcceptedFinishing(const UpdateAccepted& event);
  void OnUpdateAcceptedReporting(const UpdateAccepted& event);
  void OnUpdateRejectedAccepting(const UpdateRejected& event);
  void OnUpdateRejectedRunning(const UpdateRejected& event);
  void OnUpdateRejectedFinishing(const UpdateRejected& event);
  void OnUpdateRejectedReporting(const UpdateRejected& event);

  // Tasks (decide_check.cc, decide_forward.cc, decide_reboot.cc, decide_task.cc, decide_undo.cc,
  // decide_wait.cc).
  void OnTaskTold(const TaskTold& event);
  void OnTaskToldStopping(const TaskTold& event);
  void OnTaskSurvives(const TaskSurvives& event);
  void OnTaskEndedChecking(const TaskEnded& event);
  void OnTaskEndedRunning(const TaskEnded& event);
  void OnTaskEndedRebooting(const TaskEnded& event);
  void OnTaskEndedStopping(const TaskEnded& event);
  void OnTaskEndedRollingBack(const TaskEnded& event);

 private:
  // Shorthands.
  State& state() { return transition_.state; }
  Execution& current() { return *transition_.state.current; }
  const Execution& current() const { return *transition_.state.current; }
  const Step& step() { return current().plan.document.steps[current().cursor]; }
  StepRecord& record() { return current().steps[current().cursor]; }
  void Act(Action action) { transition_.actions.push_back(std::move(action)); }
  // Replaces the table's words for this event by more exact ones.
  void Say(std::string words) { refined_ = std::move(words); }
  void Note(const char* kind, std::string text, std::optional<size_t> step = {}, std::string detail = {});
  std::string NextToken();
  std::string StepLabel(size_t index);      // "step 2/3 'configure'"
  std::string TaskLabel(const Task& task);  // "verify-guard files of step 2/3 'configure'"

  // Asking.
  void WantNext(int64_t due, int doubts = 0);
  bool IsStale(const Offered& event);  // offers as QUEUED what is closed here
  void SendAskNext();
  void ArmIdlePoll();
  int64_t Jittered(std::chrono::milliseconds interval) const;  // boot time, in half to one and a half of it
  void Suspect();  // confirms with describe that the execution is still ours; nothing is stopped before that
  void SendDescribe();

  // Answering the operator.
  bool IsForCurrent(const CancelRequested& event);  // else it is refused, and why is said
  void RefuseUnknown(const CancelRequested& event);
  void Refuse(const CancelRequested& event, RejectedCode code, std::string text);
  void TakeUp(const CancelRequested& event, std::string text);  // noted in the history, and answered yes
  Cause CancelCause(const CancelRequested& event) const;

  // The outbox.
  void Queue(JobStatus status);
  void SendUpdateNow();
  bool Answers(const UpdateAccepted& event);
  bool Answers(const UpdateRejected& event);
  bool AnswersUpdate(const std::string& token, const JobId& job, TokenRule rule);
  void AdoptVersion(const std::optional<ExecutionState>& truth);
  // Handles kTryAgain, kBare and kStillOurs of an outbox that has to be answered; false for the other kinds.
  bool Resend(const RejectionMeaning& meaning);
  RejectionMeaning Meaning(const Rejection& rejection);  // for the execution that is worked on
  void WantProgress();
  void MaybeSendProgress();

  // The life of an execution.
  void Take(const ServiceExecution& offer, const Admission& admission);
  void ReportAgain(const Closed& closed, const ServiceExecution& offer);
  void StartTaskNow(TaskKind kind, std::chrono::milliseconds limit, LimitOf whose, std::string guard = {});
  bool IsTold(const TaskTold& event);  // by the step's `run`, which is all that is reported on
  bool Learn(const DetailsMap& told);  // what the step that runs has told; whether anything is new
  std::chrono::milliseconds Grace(const Task& task) const;
  bool IsCurrentTask(const TaskEnded& event);
  bool EndingForShutdown();
  std::optional<int64_t> Lease();
  struct TimeLimit {
    std::chrono::milliseconds limit;
    LimitOf whose;
  };
  // What the steps that are yet to run may take together, and what this one may.
  std::chrono::milliseconds JobTimeLeft() const;
  TimeLimit LimitOfRun() const;
  void RecordRun(StepRecord& ran, const TaskEnded& event);
  void CheckFrom(size_t index);
  void CheckGuards(std::string after);  // of the step at the cursor; those behind `after` in their order
  void Accept();
  void Accepted(int64_t version);
  void BeginStep();
  void RunStep();
  void StepRan(const TaskEnded& event);
  void StepDone();
  void StepFailed(const std::string& why);
  void StepInterrupted();
  void StepOver();  // done, and connected if it has to be
  void Pause(const TaskEnded& event);
  void TryAgain();
  void PauseCheck(const TaskEnded& event);
  void Renew(const ServiceExecution& fresh);
  bool IsStillOurs(const Described& event);  // else it answers no question of ours, or it is lost
  void Connect();
  void WaitForConnection(int64_t from);  // boot time
  void CutOff();                         // it waited long enough: turn back
  void WantReboot();
  void AskForReboot();
  void RebootFailed(const std::string& why);
  void TurnBackWith(CauseKind kind, std::string text);
  void CallOff(Cause cause);  // the one way back: stop, then undo
  void Lose(const std::optional<ExecutionState>& truth, const std::string& evidence);
  void LearnServiceEnd(const std::optional<ExecutionState>& truth);
  void StartUndo();
  void NextUndo();
  void UndoTaskFailed(const TaskEnded& event);
  void Decide();
  void Close(JobStatus status, std::string text);
  void CloseRetried(const Closed& known);
  void Quarantined(const ExecutionId& by, const std::string& reason);  // begun, or one more reason for it
  void Distrust(const std::string& reason);  // quarantine, for the device's sake; forward work is called off
  void Lift(const std::string& by);          // the quarantine, and everything kept for it
  void Orphan();  // a local run whose process is gone: called off, and nobody is told

  const Policy& policy_;
  Instant now_;
  Transition transition_;
  std::string refined_;
};

}  // namespace kedge
