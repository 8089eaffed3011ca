// The whole of what the agent knows, as one value. Advance (execution.h) makes the next one; store/ keeps the
// durable part. Members marked (volatile) do not survive a restart and are rebuilt by the Restarted event.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/action.h"
#include "core/backoff.h"
#include "core/ending.h"
#include "core/event.h"
#include "core/job_execution.h"
#include "core/verdict.h"

namespace kedge {

// Where an execution stands. What each phase does with each event: execution_table.cc.
enum class Phase {
  kChecking,     // handlers' `check` verbs run; nothing sent, nothing changed
  kAccepting,    // IN_PROGRESS is in the outbox and not yet accepted; no step has run
  kRunning,      // steps run
  kPausing,      // the step's `run` ended with "try again later"; it is called again after a while
  kRebooting,    // the device is asked to reboot, because the step wants it; the step is called again
                 // afterwards
  kConnecting,   // the step is done if the service answers over a new connection (onNoConnection)
  kFinishing,    // SUCCEEDED is in the outbox: the commit point is ahead
  kStopping,     // called off: the running task is being ended
  kRollingBack,  // steps that ran are undone, newest first
  kReporting,    // decided: the final status is in the outbox
};
std::string_view ToString(Phase phase);
std::optional<Phase> PhaseFrom(std::string_view word);

enum class StepPhase {
  kWaiting,     // not begun
  kProtecting,  // guards' snapshots are being made; the step itself has changed nothing
  kStarted,     // intent is durable: may have run, in part or whole
  kDone,        // run (and verify) ended well, or its failure is ignored
  kFailed,
  kUndone,
};
std::string_view ToString(StepPhase phase);
std::optional<StepPhase> StepPhaseFrom(std::string_view word);

// What happened to a step so far; one for each step of the plan.
struct StepRecord {
  StepPhase phase = StepPhase::kWaiting;
  std::vector<std::string> guarded;  // guards whose snapshot is complete
  int attempts = 0;                  // starts of `run`; while checking: interrupted checks
  int reboots = 0;                   // times the device was asked to reboot, because `run` wanted it
  int tries = 0;                     // times `run` ended with "try again later"; while checking: `check`
  std::string no_way_back{};         // why a guard has no exact one, when it runs all the same; durable
  std::optional<Ending> ending;      // of `run`
  std::string out;                   // the end of its stdout, at most 4 KiB of text
  std::string err;                   // likewise stderr
  Usage usage{};                     // of `run`; beside `ending`
  DetailsMap told{};                 // by `run`, checked (decide_task.cc); durable beside `ending`
  // (volatile)
  int64_t kept = 0;           // `run` is over, and this task of it has left something running on purpose
  bool refused_told = false;  // something that it told was refused, and the history says so
  int64_t started_wall = 0;   // milliseconds since the epoch; 0 before
  int64_t ended_wall = 0;
  bool operator==(const StepRecord&) const = default;
};

// Why an execution turned back.
enum class CauseKind {
  kStepFailed,
  kLost,         // the service ended it
  kCancelled,    // the operator called it off here
  kInterrupted,  // the agent was restarted in a step
  kRefused,      // the document can never run here
  kNotOurs,      // IN_PROGRESS at the service, but this journal did not start it
  kDevice,       // the device cannot go on: its journal failed, or it is short of something
};
std::string_view ToString(CauseKind kind);
std::optional<CauseKind> CauseKindFrom(std::string_view word);

struct Cause {
  CauseKind kind = CauseKind::kStepFailed;
  std::string text;                         // for people: "step 2/3 'configure': exit status 3"
  std::optional<JobStatus> service_status;  // kLost: CANCELED, TIMED_OUT, REMOVED, once known
  DetailsMap service_details;  // the operator's statusDetails: kLost: once known; kCancelled: of the request
  bool operator==(const Cause&) const = default;
};

// The outbox: the one update of this execution that the service has not answered yet.
struct PendingUpdate {
  JobStatus status = JobStatus::kInProgress;
  bool bare = false;             // statusDetails were refused: send without
  int attempts = 0;              // times sent (durable: a lost acceptance is recognised by it)
  int mismatches = 0;            // times the version was adopted from a rejection
  int64_t expected_version = 0;  // what the last attempt expected
  std::string token;             // (volatile) of the attempt in flight; empty: none
  int64_t due = 0;               // (volatile) boot time of the next attempt, or of giving this one up
  bool operator==(const PendingUpdate&) const = default;
};

// A request whose answer is awaited. (volatile)
struct Query {
  std::string token;
  int attempts = 0;
  int64_t due = 0;  // boot time: when to ask, or to give the attempt in flight up and ask again
  bool in_flight = false;
  int doubts = 0;  // empty answers that are not believed: something told us that there is a job
  bool operator==(const Query&) const = default;
};

struct Execution {
  ExecutionId id;
  int64_t version = 1;   // versionNumber as last known: +1 for each accepted update
  std::string document;  // the job document's text, for the journal
  Plan plan;
  Phase phase = Phase::kChecking;
  size_t cursor = 0;  // the step that runs, or is being undone
  std::vector<StepRecord> steps;
  std::optional<Task> task;  // the child that runs or may run
  bool called_off = false;   // gracefully cancelled: turn back (for `cause`) at the next safe point
  std::optional<Cause> cause;
  UndoFindings findings;
  size_t undo_next = 0;   // which task of the step's undo list is next
  int undo_failures = 0;  // failed or interrupted undo tasks
  std::optional<Verdict> verdict;
  std::optional<PendingUpdate> update;
  int64_t offered_wall = 0;   // milliseconds since the epoch
  int64_t accepted_wall = 0;  // 0 before the service accepted IN_PROGRESS

  // (volatile)
  std::optional<Query> describe;  // a suspicion being confirmed, or a poll
  int64_t task_started = 0;       // boot time
  int64_t stop_due = 0;  // boot time: when an uninterruptible step is stopped all the same; 0: not waiting
  int64_t reboot_due =
      0;  // boot time: when the device has not rebooted although it was asked to; 0: not waiting
  int64_t again_due = 0;     // boot time: when what wanted it is tried again; 0: now
  int64_t connect_due = 0;   // boot time: without an answer of the service by then the step has failed
  int64_t undo_due = 0;      // boot time: when the next undo attempt starts; 0: now
  int64_t poll_due = 0;      // boot time: next describe while running
  int64_t progress_due = 0;  // boot time: earliest next IN_PROGRESS update; 0: none wanted
  int64_t last_update = 0;   // boot time of the last accepted update
  std::string survivor;      // what of the task outlives KILL; empty: nothing known
  bool orphaned = false;     // a local run of an earlier life: no service to ask or to tell
  bool operator==(const Execution&) const = default;
};

// An execution that is over. The newest kLedgerSize are kept in State, all of them in the history.
struct Closed {
  ExecutionId id;
  JobStatus status = JobStatus::kFailed;  // what the service has, as far as known
  std::optional<Verdict> verdict;         // absent when nothing had to be undone because it was committed
  std::string text;                       // one sentence
  int reports = 0;  // times a final status was sent again because the service still offers it
  int64_t closed_wall = 0;
  bool operator==(const Closed&) const = default;
};
inline constexpr size_t kLedgerSize = 64;

struct Quarantine {
  // The execution that could not be undone. Empty: the device itself is in doubt (its journal was lost or
  // cannot be written), and only the operator or a repair ends it.
  ExecutionId by;
  std::string reason;
  int64_t since_wall = 0;
  bool operator==(const Quarantine&) const = default;
};

struct State {
  std::optional<Execution> current;
  // Closed executions that could not be undone, newest first: what another attempt needs to know. Their undo
  // data stays too. Not empty only in quarantine.
  std::vector<Execution> stranded;
  std::optional<Quarantine> quarantine;
  std::deque<Closed> ledger;  // newest first
  int64_t next_task = 1;
  std::string boot_id;  // of the last Restarted

  // (volatile)
  std::string session;
  int64_t next_token = 1;
  bool link_up = false;
  bool shutting_down = false;
  std::optional<Query> next;  // AskNext in flight or wanted (due); absent: nothing to ask
  int64_t idle_due = 0;       // boot time: when a free agent asks all the same; 0: never, or not free
  bool operator==(const State&) const = default;
};

// A line of an execution's history, committed with the state that it explains.
struct HistoryEntry {
  ExecutionId execution;
  int64_t wall = 0;
  std::string kind;  // a fixed word: "offered", "accepted", "step-started", "step-ended", "lost", ...
  std::optional<size_t> step;  // index
  std::string text;            // for people
  std::string detail;          // JSON object as text, or empty: output, operator's details, differences
  bool operator==(const HistoryEntry&) const = default;
};

// The state as a restart finds it: volatile members at their defaults. What store/ writes and reads back.
State Durable(const State& state);

// Where a guard says beforehand that it has no exact way back.
enum class NoWayBack {
  kRefuse,  // the job is refused
  kRun,     // it runs, and says so; undone it gets the verdict `unknown` at best
};

// Limits and choices, from the config.
struct Policy {
  std::chrono::milliseconds reply_timeout{10000};  // no answer to a request within this: ask again
  Backoff retry{std::chrono::seconds(2), std::chrono::seconds(120), std::chrono::seconds(1)};
  std::chrono::milliseconds connect_spread{1000};  // the first query after `up` waits up to this, at random
  std::chrono::milliseconds notice_wait{1500};  // after a notify, how long notify-next may take before we ask
  std::chrono::milliseconds poll{300000};       // describe while running, jittered by half
  std::chrono::milliseconds idle_poll{3600000};   // $next while idle, jittered by half; 0: never
  std::chrono::milliseconds progress{5000};       // at most one IN_PROGRESS update in this time
  std::chrono::milliseconds step_limit{3600000};  // a step without timeoutSeconds
  // All steps' `run` together, of a document without timeoutSeconds; what steps name with their own comes on
  // top.
  std::chrono::milliseconds job_limit{3600000};
  std::chrono::milliseconds check_limit{60000};       // check and verify verbs
  std::chrono::milliseconds undo_limit{600000};       // one rollback, restore or verify
  std::chrono::milliseconds guard_limit{600000};      // one snapshot
  std::chrono::milliseconds grace{10000};             // between TERM and KILL
  std::chrono::milliseconds uninterruptible{300000};  // an uninterruptible step without its own limit
  int undo_attempts = 3;
  int step_attempts = 3;  // starts of a step with onInterrupt: retry
  int try_limit = 3;      // times a step may want to be tried again later
  Backoff try_again{std::chrono::minutes(1), std::chrono::minutes(15), std::chrono::seconds(15)};
  std::chrono::milliseconds connection_limit{300000};  // onNoConnection without connectionTimeoutSeconds
  NoWayBack no_way_back = NoWayBack::kRefuse;
  int reboot_limit = 3;  // times the device is asked to reboot for one step; 0: a step that wants it fails
  std::chrono::milliseconds reboot_wait{120000};  // it has not rebooted by then: the step failed
  // The service's step timer is set to what the step may take here, and this: for snapshots, an outage, the
  // undo. When it runs out the service ends the execution (TIMED_OUT). Without `lease` no timer is set.
  bool lease = true;
  std::chrono::milliseconds lease_margin{300000};
  int report_attempts = 3;        // of a closed execution that the service still offers
  bool stdout_by_default = true;  // a document that does not say: its output is reported
};

}  // namespace kedge
