// Every pair of a row (where the agent stands) and an event has its answer here; a missing cell does not
// compile. A cell without a member function is an event that is ignored, and its words say why.
#include "core/execution_table.h"

#include <array>

#include "core/decider.h"

namespace kedge {
namespace {

template <typename E>
struct Cell {
  void (Decider::*act)(const E&);
  const char* words;
};
template <typename E>
constexpr Cell<E> Ignored(const char* why) {
  return {nullptr, why};
}
template <typename E>
struct Column {
  const char* event;
  // In the order of Row.
  Cell<E> idle, quarantined, checking, accepting, running, pausing, rebooting, connecting, finishing,
      stopping, rolling_back, reporting;

  constexpr std::array<Cell<E>, kRows> Cells() const {
    return {idle,      quarantined, checking,  accepting, running,      pausing,
            rebooting, connecting,  finishing, stopping,  rolling_back, reporting};
  }
};

constexpr const char* kOneAtATime = "remembered: the next one is asked for when this one is over";
constexpr const char* kNotAsked = "ignored, because nothing was asked";
constexpr const char* kNoUpdate = "ignored, because no update waits for an answer";
constexpr const char* kWillTell = "ignored, because the answer to the update will tell";
constexpr const char* kClear = "the quarantine is lifted, if there is one";
constexpr const char* kNotWhileBusy = "refused: an execution is being worked on";
constexpr const char* kDistrust = "quarantine; the job is called off";
constexpr const char* kDistrustLater = "quarantine; what is under way goes on";
constexpr const char* kNoTask = "ignored, because no task runs";
constexpr const char* kWaited = "waited for, and told";
constexpr const char* kAlreadyBack = "ignored, because it is being undone anyway";

constexpr Column<Restarted> kRestarted = {
    .event = "Restarted",
    .idle = {&Decider::OnRestarted, "nothing to recover"},
    .quarantined = {&Decider::OnRestarted, "still in quarantine"},
    .checking = {&Decider::OnRestartedChecking,
                 "end what is left of the check; if none ran it is made again"},
    .accepting = {&Decider::OnRestartedWithOutbox, "the outbox is sent when the link is up"},
    .running = {&Decider::OnRestartedInTask, "end what is left of the step"},
    .pausing = {&Decider::OnRestartedPausing,
                "the step is called again when the service has given its document anew"},
    .rebooting = {&Decider::OnRestartedRebooting, "rebooted: call the step again; not rebooted: ask again"},
    .connecting = {&Decider::OnRestartedConnecting, "the connection of this life counts"},
    .finishing = {&Decider::OnRestartedWithOutbox, "the outbox is sent when the link is up"},
    .stopping = {&Decider::OnRestartedInTask, "end what is left of the step"},
    .rolling_back = {&Decider::OnRestartedBetweenUndo, "end what is left of the undo task, then do it again"},
    .reporting = {&Decider::OnRestartedReporting, "the outbox is sent when the link is up"},
};
constexpr Column<LinkUp> kLinkUp = {
    .event = "LinkUp",
    .idle = {&Decider::OnLinkUpIdle, "ask for the next one"},
    .quarantined = {&Decider::OnLinkUpIdle, "ask for the next one: it may be a repair"},
    .checking = {&Decider::OnLinkUpBusy, "noted"},
    .accepting = {&Decider::OnLinkUpWithOutbox, "send the outbox"},
    .running = {&Decider::OnLinkUpRunning, "ask whether it is still ours"},
    .pausing = {&Decider::OnLinkUpRunning, "ask whether it is still ours"},
    .rebooting = {&Decider::OnLinkUpRunning, "ask whether it is still ours"},
    .connecting = {&Decider::OnLinkUpRunning, "ask whether it is still ours: the answer is the proof"},
    .finishing = {&Decider::OnLinkUpWithOutbox, "send the outbox"},
    .stopping = {&Decider::OnLinkUpBusy, "noted"},
    .rolling_back = {&Decider::OnLinkUpBusy, "noted"},
    .reporting = {&Decider::OnLinkUpWithOutbox, "send the outbox"},
};
constexpr Column<LinkDown> kLinkDown = {
    .event = "LinkDown",
    .idle = {&Decider::OnLinkDown, "noted"},
    .quarantined = {&Decider::OnLinkDown, "noted"},
    .checking = {&Decider::OnLinkDown, "noted"},
    .accepting = {&Decider::OnLinkDown, "the outbox waits"},
    .running = {&Decider::OnLinkDown, "noted; the work goes on"},
    .pausing = {&Decider::OnLinkDown, "noted"},
    .rebooting = {&Decider::OnLinkDown, "noted"},
    .connecting = {&Decider::OnLinkDown, "noted"},
    .finishing = {&Decider::OnLinkDown, "the outbox waits"},
    .stopping = {&Decider::OnLinkDown, "noted"},
    .rolling_back = {&Decider::OnLinkDown, "noted; the undo goes on"},
    .reporting = {&Decider::OnLinkDown, "the outbox waits"},
};
constexpr Column<Offered> kOffered = {
    .event = "Offered",
    .idle = {&Decider::OnOfferedIdle, "taken"},
    .quarantined = {&Decider::OnOfferedQuarantined,
                    "a repair is taken, what is IN_PROGRESS is reported; any other job stays QUEUED"},
    .checking = {&Decider::OnOfferedBusy, kOneAtATime},
    .accepting = {&Decider::OnOfferedBusy, kOneAtATime},
    .running = {&Decider::OnOfferedRunning, "another one is the head: ask whether ours is still ours"},
    .pausing = {&Decider::OnOfferedRunning, "another one is the head: ask whether ours is still ours"},
    .rebooting = {&Decider::OnOfferedRunning, "another one is the head: ask whether ours is still ours"},
    .connecting = {&Decider::OnOfferedRunning, "another one is the head: ask whether ours is still ours"},
    .finishing = {&Decider::OnOfferedBusy, kOneAtATime},
    .stopping = {&Decider::OnOfferedBusy, kOneAtATime},
    .rolling_back = {&Decider::OnOfferedBusy, kOneAtATime},
    .reporting = {&Decider::OnOfferedBusy, kOneAtATime},
};
constexpr Column<NothingNext> kNothingNext = {
    .event = "NothingNext",
    .idle = {&Decider::OnNothingNextIdle, "nothing to do"},
    .quarantined = {&Decider::OnNothingNextIdle, "nothing to do"},
    .checking = Ignored<NothingNext>("ignored, because the update that follows is refused if it is gone"),
    .accepting = Ignored<NothingNext>(kWillTell),
    .running = {&Decider::OnNothingNextRunning, "ours is not the head: ask whether it is still ours"},
    .pausing = {&Decider::OnNothingNextRunning, "ours is not the head: ask whether it is still ours"},
    .rebooting = {&Decider::OnNothingNextRunning, "ours is not the head: ask whether it is still ours"},
    .connecting = {&Decider::OnNothingNextRunning, "ours is not the head: ask whether it is still ours"},
    .finishing = Ignored<NothingNext>(kWillTell),
    .stopping = Ignored<NothingNext>(kAlreadyBack),
    .rolling_back = Ignored<NothingNext>(kAlreadyBack),
    .reporting = Ignored<NothingNext>(kWillTell),
};
constexpr Column<PendingChanged> kPendingChanged = {
    .event = "PendingChanged",
    .idle = {&Decider::OnPendingIdle, "something is pending: asked for unless it is offered first"},
    .quarantined = {&Decider::OnPendingIdle, "something is pending: asked for, as it may be a repair"},
    .checking = Ignored<PendingChanged>("ignored, because the update that follows is refused if it is gone"),
    .accepting = Ignored<PendingChanged>(kWillTell),
    .running = {&Decider::OnPendingRunning, "ours is not in the list: ask whether it is still ours"},
    .pausing = {&Decider::OnPendingRunning, "ours is not in the list: ask whether it is still ours"},
    .rebooting = {&Decider::OnPendingRunning, "ours is not in the list: ask whether it is still ours"},
    .connecting = {&Decider::OnPendingRunning, "ours is not in the list: ask whether it is still ours"},
    .finishing = Ignored<PendingChanged>(kWillTell),
    .stopping = Ignored<PendingChanged>(kAlreadyBack),
    .rolling_back = Ignored<PendingChanged>(kAlreadyBack),
    .reporting = Ignored<PendingChanged>(kWillTell),
};
constexpr Column<Described> kDescribed = {
    .event = "Described",
    .idle = Ignored<Described>(kNotAsked),
    .quarantined = Ignored<Described>(kNotAsked),
    .checking = Ignored<Described>(kNotAsked),
    .accepting = Ignored<Described>(kNotAsked),
    .running = {&Decider::OnDescribedRunning, "the suspicion is answered"},
    .pausing = {&Decider::OnDescribedPausing,
                "the document is fresh; when it is time the step is called again"},
    .rebooting = {&Decider::OnDescribedRunning, "the suspicion is answered"},
    .connecting = {&Decider::OnDescribedConnecting, "the service answers: the step is done"},
    .finishing = Ignored<Described>(kWillTell),
    .stopping = Ignored<Described>(kAlreadyBack),
    .rolling_back = Ignored<Described>(kAlreadyBack),
    .reporting = Ignored<Described>(kWillTell),
};
constexpr Column<DescribeRejected> kDescribeRejected = {
    .event = "DescribeRejected",
    .idle = Ignored<DescribeRejected>(kNotAsked),
    .quarantined = Ignored<DescribeRejected>(kNotAsked),
    .checking = Ignored<DescribeRejected>(kNotAsked),
    .accepting = Ignored<DescribeRejected>(kNotAsked),
    .running = {&Decider::OnDescribeRejectedRunning, "the suspicion is answered"},
    .pausing = {&Decider::OnDescribeRejectedRunning, "the suspicion is answered"},
    .rebooting = {&Decider::OnDescribeRejectedRunning, "the suspicion is answered"},
    .connecting = {&Decider::OnDescribeRejectedRunning, "the suspicion is answered"},
    .finishing = Ignored<DescribeRejected>(kWillTell),
    .stopping = Ignored<DescribeRejected>(kAlreadyBack),
    .rolling_back = Ignored<DescribeRejected>(kAlreadyBack),
    .reporting = Ignored<DescribeRejected>(kWillTell),
};
constexpr Column<NextRejected> kNextRejected = {
    .event = "NextRejected",
    .idle = {&Decider::OnNextRejected, "asked again later"},
    .quarantined = {&Decider::OnNextRejected, "asked again later"},
    .checking = Ignored<NextRejected>(kNotAsked),
    .accepting = Ignored<NextRejected>(kNotAsked),
    .running = Ignored<NextRejected>(kNotAsked),
    .pausing = Ignored<NextRejected>(kNotAsked),
    .rebooting = Ignored<NextRejected>(kNotAsked),
    .connecting = Ignored<NextRejected>(kNotAsked),
    .finishing = Ignored<NextRejected>(kNotAsked),
    .stopping = Ignored<NextRejected>(kNotAsked),
    .rolling_back = Ignored<NextRejected>(kNotAsked),
    .reporting = Ignored<NextRejected>(kNotAsked),
};
constexpr Column<UpdateAccepted> kUpdateAccepted = {
    .event = "UpdateAccepted",
    .idle = Ignored<UpdateAccepted>(kNoUpdate),
    .quarantined = Ignored<UpdateAccepted>(kNoUpdate),
    .checking = Ignored<UpdateAccepted>(kNoUpdate),
    .accepting = {&Decider::OnUpdateAcceptedAccepting, "ours: the first step begins"},
    .running = {&Decider::OnUpdateAcceptedRunning, "the progress is stored"},
    .pausing = {&Decider::OnUpdateAcceptedRunning, "the progress is stored"},
    .rebooting = {&Decider::OnUpdateAcceptedRunning, "the progress is stored"},
    .connecting = {&Decider::OnUpdateAcceptedRunning, "the progress is stored"},
    .finishing = {&Decider::OnUpdateAcceptedFinishing, "committed"},
    .stopping = Ignored<UpdateAccepted>(kNoUpdate),
    .rolling_back = Ignored<UpdateAccepted>(kNoUpdate),
    .reporting = {&Decider::OnUpdateAcceptedReporting, "reported: closed"},
};
constexpr Column<UpdateRejected> kUpdateRejected = {
    .event = "UpdateRejected",
    .idle = Ignored<UpdateRejected>(kNoUpdate),
    .quarantined = Ignored<UpdateRejected>(kNoUpdate),
    .checking = Ignored<UpdateRejected>(kNoUpdate),
    .accepting = {&Decider::OnUpdateRejectedAccepting, "not accepted"},
    .running = {&Decider::OnUpdateRejectedRunning, "the progress is not stored"},
    .pausing = {&Decider::OnUpdateRejectedRunning, "the progress is not stored"},
    .rebooting = {&Decider::OnUpdateRejectedRunning, "the progress is not stored"},
    .connecting = {&Decider::OnUpdateRejectedRunning, "the progress is not stored"},
    .finishing = {&Decider::OnUpdateRejectedFinishing, "not committed"},
    .stopping = Ignored<UpdateRejected>(kNoUpdate),
    .rolling_back = Ignored<UpdateRejected>(kNoUpdate),
    .reporting = {&Decider::OnUpdateRejectedReporting, "the refusal tells how it ended: closed"},
};
constexpr Column<TaskEnded> kTaskEnded = {
    .event = "TaskEnded",
    .idle = Ignored<TaskEnded>(kNoTask),
    .quarantined = Ignored<TaskEnded>(kNoTask),
    .checking = {&Decider::OnTaskEndedChecking, "the check is over"},
    .accepting = Ignored<TaskEnded>(kNoTask),
    .running = {&Decider::OnTaskEndedRunning, "the task is over"},
    .pausing = Ignored<TaskEnded>(kNoTask),
    .rebooting = {&Decider::OnTaskEndedRebooting, "the system was asked, or cannot be"},
    .connecting = Ignored<TaskEnded>(kNoTask),
    .finishing = Ignored<TaskEnded>(kNoTask),
    .stopping = {&Decider::OnTaskEndedStopping, "stopped: undo begins"},
    .rolling_back = {&Decider::OnTaskEndedRollingBack, "the undo task is over"},
    .reporting = Ignored<TaskEnded>(kNoTask),
};
constexpr Column<TaskTold> kTaskTold = {
    .event = "TaskTold",
    .idle = Ignored<TaskTold>(kNoTask),
    .quarantined = Ignored<TaskTold>(kNoTask),
    .checking = Ignored<TaskTold>("ignored, because a check is not reported on"),
    .accepting = Ignored<TaskTold>(kNoTask),
    .running = {&Decider::OnTaskTold, "kept, and reported when that is due"},
    .pausing = Ignored<TaskTold>(kNoTask),
    .rebooting = Ignored<TaskTold>("ignored, because the step itself does not run"),
    .connecting = Ignored<TaskTold>(kNoTask),
    .finishing = Ignored<TaskTold>(kNoTask),
    .stopping = {&Decider::OnTaskToldStopping, "kept for the final report"},
    .rolling_back = Ignored<TaskTold>(kAlreadyBack),
    .reporting = Ignored<TaskTold>(kNoTask),
};
constexpr Column<TaskSurvives> kTaskSurvives = {
    .event = "TaskSurvives",
    .idle = Ignored<TaskSurvives>(kNoTask),
    .quarantined = Ignored<TaskSurvives>(kNoTask),
    .checking = {&Decider::OnTaskSurvives, kWaited},
    .accepting = Ignored<TaskSurvives>(kNoTask),
    .running = {&Decider::OnTaskSurvives, kWaited},
    .pausing = Ignored<TaskSurvives>(kNoTask),
    .rebooting = {&Decider::OnTaskSurvives, kWaited},
    .connecting = Ignored<TaskSurvives>(kNoTask),
    .finishing = Ignored<TaskSurvives>(kNoTask),
    .stopping = {&Decider::OnTaskSurvives, "waited for and told: undo does not begin before it is gone"},
    .rolling_back = {&Decider::OnTaskSurvives, kWaited},
    .reporting = Ignored<TaskSurvives>(kNoTask),
};
constexpr Column<CancelRequested> kCancelRequested = {
    .event = "CancelRequested",
    .idle = {&Decider::OnCancelNothing, "refused: nothing runs"},
    .quarantined = {&Decider::OnCancelNothing, "refused: nothing runs"},
    .checking = {&Decider::OnCancelBeforeStart, "called off before its first step"},
    .accepting = {&Decider::OnCancelBeforeStart, "called off before its first step"},
    .running = {&Decider::OnCancelRunning, "called off: by force now, else after this step"},
    .pausing = {&Decider::OnCancelBetweenCalls, "called off: between two calls of a step is a safe point"},
    .rebooting = {&Decider::OnCancelBetweenCalls, "called off: between two calls of a step is a safe point"},
    .connecting = {&Decider::OnCancelBetweenCalls, "called off: nothing runs"},
    .finishing = {&Decider::OnCancelFinishing, "refused once SUCCEEDED was sent"},
    .stopping = {&Decider::OnCancelTooLate, "it is being called off already"},
    .rolling_back = {&Decider::OnCancelTooLate, "it is being called off already"},
    .reporting = {&Decider::OnCancelTooLate, "refused: it is over"},
};
constexpr Column<ClearRequested> kClearRequested = {
    .event = "ClearRequested",
    .idle = {&Decider::OnClear, kClear},
    .quarantined = {&Decider::OnClear, kClear},
    .checking = {&Decider::OnClear, kClear},
    .accepting = {&Decider::OnClear, kClear},
    .running = {&Decider::OnClear, kClear},
    .pausing = {&Decider::OnClear, kClear},
    .rebooting = {&Decider::OnClear, kClear},
    .connecting = {&Decider::OnClear, kClear},
    .finishing = {&Decider::OnClear, kClear},
    .stopping = {&Decider::OnClear, kClear},
    .rolling_back = {&Decider::OnClear, kClear},
    .reporting = {&Decider::OnClear, kClear},
};
constexpr Column<RollbackRequested> kRollbackRequested = {
    .event = "RollbackRequested",
    .idle = {&Decider::OnRollbackNothing, "refused: everything is undone"},
    .quarantined = {&Decider::OnRollbackRequested, "what could not be undone is tried again"},
    .checking = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .accepting = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .running = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .pausing = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .rebooting = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .connecting = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .finishing = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .stopping = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .rolling_back = {&Decider::OnRollbackNothing, kNotWhileBusy},
    .reporting = {&Decider::OnRollbackNothing, kNotWhileBusy},
};
constexpr Column<JournalFailed> kJournalFailed = {
    .event = "JournalFailed",
    .idle = {&Decider::OnJournalFailed, "quarantine"},
    .quarantined = {&Decider::OnJournalFailed, "quarantine, for this too"},
    .checking = {&Decider::OnJournalFailed, kDistrust},
    .accepting = {&Decider::OnJournalFailed, kDistrust},
    .running = {&Decider::OnJournalFailed, kDistrust},
    .pausing = {&Decider::OnJournalFailed, kDistrust},
    .rebooting = {&Decider::OnJournalFailed, kDistrust},
    .connecting = {&Decider::OnJournalFailed, kDistrust},
    .finishing = {&Decider::OnJournalFailed, "quarantine; the service decides whether it is committed"},
    .stopping = {&Decider::OnJournalFailed, kDistrustLater},
    .rolling_back = {&Decider::OnJournalFailed, kDistrustLater},
    .reporting = {&Decider::OnJournalFailed, kDistrustLater},
};
constexpr Column<ShutdownRequested> kShutdownRequested = {
    .event = "ShutdownRequested",
    .idle = {&Decider::OnShutdown, "end"},
    .quarantined = {&Decider::OnShutdown, "end"},
    .checking = {&Decider::OnShutdown, "end the task, then end; the next start goes on"},
    .accepting = {&Decider::OnShutdown, "end; the outbox is kept"},
    .running = {&Decider::OnShutdown, "end the task, then end; the next start goes on"},
    .pausing = {&Decider::OnShutdown, "end; the next start goes on"},
    .rebooting = {&Decider::OnShutdown, "end; the next start sees whether it was the reboot"},
    .connecting = {&Decider::OnShutdown, "end; the next start goes on"},
    .finishing = {&Decider::OnShutdown, "end; the outbox is kept"},
    .stopping = {&Decider::OnShutdown, "end the task, then end; the next start goes on"},
    .rolling_back = {&Decider::OnShutdown, "end the task, then end; the next start goes on"},
    .reporting = {&Decider::OnShutdown, "end; the outbox is kept"},
};
constexpr Column<TimePassed> kTimePassed = {
    .event = "TimePassed",
    .idle = {&Decider::OnTimeIdle, "ask for the next one when that is due"},
    .quarantined = {&Decider::OnTimeIdle, "ask for the next one when that is due"},
    .checking = {&Decider::OnTimeChecking, "check again when that is due; a task has its own limit"},
    .accepting = {&Decider::OnTimeWithOutbox, "send again when that is due"},
    .running = {&Decider::OnTimeRunning, "progress, poll and repeated questions when they are due"},
    .pausing = {&Decider::OnTimePausing,
                "ask for the document, then call the step again, when that is due; polls as when running"},
    .rebooting = {&Decider::OnTimeRebooting, "it has not rebooted: the step failed; polls as when running"},
    .connecting = {&Decider::OnTimeConnecting, "no connection: the step failed; polls as when running"},
    .finishing = {&Decider::OnTimeWithOutbox, "send again when that is due"},
    .stopping = {&Decider::OnTimeStopping, "stop the uninterruptible step when its time is up"},
    .rolling_back = {&Decider::OnTimeRollingBack, "try the undo again when that is due"},
    .reporting = {&Decider::OnTimeWithOutbox, "send again when that is due"},
};

// Calls `visit` with each column, in the order of the event variant.
template <typename Visit>
void ForEachColumn(Visit visit) {
  visit(kRestarted);
  visit(kLinkUp);
  visit(kLinkDown);
  visit(kOffered);
  visit(kNothingNext);
  visit(kPendingChanged);
  visit(kDescribed);
  visit(kDescribeRejected);
  visit(kNextRejected);
  visit(kUpdateAccepted);
  visit(kUpdateRejected);
  visit(kTaskEnded);
  visit(kTaskTold);
  visit(kTaskSurvives);
  visit(kCancelRequested);
  visit(kClearRequested);
  visit(kRollbackRequested);
  visit(kJournalFailed);
  visit(kShutdownRequested);
  visit(kTimePassed);
}

const Column<Restarted>& ColumnOf(const Restarted&) { return kRestarted; }
const Column<LinkUp>& ColumnOf(const LinkUp&) { return kLinkUp; }
const Column<LinkDown>& ColumnOf(const LinkDown&) { return kLinkDown; }
const Column<Offered>& ColumnOf(const Offered&) { return kOffered; }
const Column<NothingNext>& ColumnOf(const NothingNext&) { return kNothingNext; }
const Column<PendingChanged>& ColumnOf(const PendingChanged&) { return kPendingChanged; }
const Column<Described>& ColumnOf(const Described&) { return kDescribed; }
const Column<DescribeRejected>& ColumnOf(const DescribeRejected&) { return kDescribeRejected; }
const Column<NextRejected>& ColumnOf(const NextRejected&) { return kNextRejected; }
const Column<UpdateAccepted>& ColumnOf(const UpdateAccepted&) { return kUpdateAccepted; }
const Column<UpdateRejected>& ColumnOf(const UpdateRejected&) { return kUpdateRejected; }
const Column<TaskEnded>& ColumnOf(const TaskEnded&) { return kTaskEnded; }
const Column<TaskTold>& ColumnOf(const TaskTold&) { return kTaskTold; }
const Column<TaskSurvives>& ColumnOf(const TaskSurvives&) { return kTaskSurvives; }
const Column<CancelRequested>& ColumnOf(const CancelRequested&) { return kCancelRequested; }
const Column<ClearRequested>& ColumnOf(const ClearRequested&) { return kClearRequested; }
const Column<RollbackRequested>& ColumnOf(const RollbackRequested&) { return kRollbackRequested; }
const Column<JournalFailed>& ColumnOf(const JournalFailed&) { return kJournalFailed; }
const Column<ShutdownRequested>& ColumnOf(const ShutdownRequested&) { return kShutdownRequested; }
const Column<TimePassed>& ColumnOf(const TimePassed&) { return kTimePassed; }

}  // namespace

Row RowOf(const State& state) {
  if (!state.current) return state.quarantine ? Row::kQuarantined : Row::kIdle;
  switch (state.current->phase) {
    case Phase::kChecking:
      return Row::kChecking;
    case Phase::kAccepting:
      return Row::kAccepting;
    case Phase::kRunning:
      return Row::kRunning;
    case Phase::kPausing:
      return Row::kPausing;
    case Phase::kRebooting:
      return Row::kRebooting;
    case Phase::kConnecting:
      return Row::kConnecting;
    case Phase::kFinishing:
      return Row::kFinishing;
    case Phase::kStopping:
      return Row::kStopping;
    case Phase::kRollingBack:
      return Row::kRollingBack;
    case Phase::kReporting:
      return Row::kReporting;
  }
  return Row::kIdle;
}

std::string_view ToString(Row row) {
  constexpr std::array<std::string_view, kRows> kNames = {
      "idle",      "quarantined", "checking",  "accepting", "running",      "pausing",
      "rebooting", "connecting",  "finishing", "stopping",  "rolling-back", "reporting"};
  return kNames[static_cast<size_t>(row)];
}

Transition Advance(const Policy& policy, State state, const Event& event) {
  const auto row = static_cast<size_t>(RowOf(state));
  Decider decider(policy, std::move(state), event.now);
  return std::visit(
      [&](const auto& what) {
        const auto cell = ColumnOf(what).Cells()[row];
        if (cell.act != nullptr) (decider.*cell.act)(what);
        return decider.Finish(cell.words);
      },
      event.what);
}

std::vector<TableCell> ExecutionTable() {
  std::vector<TableCell> table;
  ForEachColumn([&table](const auto& column) {
    const auto cells = column.Cells();
    for (size_t row = 0; row < kRows; ++row) {
      table.push_back({static_cast<Row>(row), column.event, cells[row].act == nullptr, cells[row].words});
    }
  });
  return table;
}

}  // namespace kedge
