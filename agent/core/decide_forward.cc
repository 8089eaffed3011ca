// The way forward: take, check, accept, run step by step, finish.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/decider.h"
#include "core/status_details.h"

namespace kedge {
namespace {

constexpr size_t kKeepInState = 4096;              // bytes of a stream's end kept for the reports
constexpr int64_t kMaxStepTimeoutMinutes = 10080;  // reference 2.1

std::string End(const Capture& capture) {
  std::string text = capture.Text();
  return text.size() <= kKeepInState ? text : text.substr(text.size() - kKeepInState);
}

// The last line a child wrote to stderr: where programs put their reason.
std::string LastLine(const Capture& capture) {
  std::string text = capture.Text();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const size_t begin = text.rfind('\n');
  return SafeDetailValue(begin == std::string::npos ? text : text.substr(begin + 1), Keep::kHead, 256);
}

// What `run` exits with when it wants the device rebooted and to be called again then (handlers/PROTOCOL.md).
constexpr int kRebootWanted = 194;

}  // namespace

std::string TaskDetail(const TaskEnded& event) {
  nlohmann::json detail = {{"task", event.task},
                           {"stdout", event.output.out.Text()},
                           {"stderr", event.output.err.Text()},
                           {"wallMs", event.usage.wall.count()},
                           {"cpuMs", event.usage.cpu.count()}};
  if (event.usage.peak_memory > 0) detail["peakMemory"] = event.usage.peak_memory;
  if (!event.usage.leftovers.empty()) detail["leftovers"] = event.usage.leftovers;
  return detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool EndedWith(const Ending& ending, int status) {
  const auto* exited = std::get_if<Exited>(&ending);
  return exited != nullptr && exited->status == status;
}

std::string WithReason(std::string what, const Capture& err) {
  const std::string reason = LastLine(err);
  return reason.empty() ? what : what + ": " + reason;
}

// --- Before the first step
// ------------------------------------------------------------------------------------

void Decider::Take(const ServiceExecution& offer, const Admission& admission) {
  if (const Closed* known = FindClosed(state(), offer.id)) return ReportAgain(*known, offer);
  if (IsTerminal(offer.status)) return Say("ignored, because it is over");

  state().current = Execution{};
  Execution& execution = current();
  execution.id = offer.id;
  execution.version = offer.version;
  execution.document = offer.document.value_or("");
  execution.offered_wall = now_.wall;
  if (offer.status == JobStatus::kInProgress) {
    // Its steps may have run already, in a life that this journal does not know: never twice (I4).
    Note("offered", "offered as IN_PROGRESS, but this device's journal did not start it");
    execution.findings.no_way_back.push_back("whatever ran before");
    Say("not run, because its steps may have run before");
    return TurnBackWith(CauseKind::kNotOurs,
                        "IN_PROGRESS at the service, but not started by this device's journal");
  }
  if (const auto* refusal = std::get_if<Refusal>(&admission)) {
    Note("refused", refusal->reason);
    Say("refused: " + refusal->reason);
    return TurnBackWith(refusal->passing ? CauseKind::kDevice : CauseKind::kRefused, refusal->reason);
  }
  execution.plan = std::get<Plan>(admission);
  execution.steps.resize(execution.plan.document.steps.size());
  Note("offered", "job " + offer.id.job.value + " with " + std::to_string(execution.steps.size()) +
                      (execution.steps.size() == 1 ? " step" : " steps"));
  CheckFrom(0);
}

void Decider::ReportAgain(const Closed& closed, const ServiceExecution& offer) {
  // The service still hands out what is over here: its record never got our last word.
  if (offer.status != JobStatus::kInProgress) return Say("ignored, because it is closed here");
  if (closed.status == JobStatus::kInProgress) return Say("ignored, because another client runs it");
  if (closed.reports >= policy_.report_attempts) return Say("ignored, because it was reported often enough");
  const Closed known = closed;  // the ledger changes below
  state().current = Execution{};
  Execution& execution = current();
  execution.id = offer.id;
  execution.version = offer.version;
  execution.offered_wall = now_.wall;
  execution.phase = Phase::kReporting;
  execution.verdict = known.verdict;
  execution.cause = Cause{CauseKind::kNotOurs, known.text, {}, {}};
  Note("offered", "still IN_PROGRESS at the service although it is over here: reporting it again");
  Say("reported again, because it is closed here");
  Queue(known.status == JobStatus::kSucceeded ? JobStatus::kSucceeded : JobStatus::kFailed);
}

void Decider::StartTaskNow(TaskKind kind, std::chrono::milliseconds limit, LimitOf whose, std::string guard) {
  Execution& execution = current();
  execution.task = Task{state().next_task++, kind, execution.cursor, std::move(guard)};
  execution.task_started = now_.boot;
  execution.survivor.clear();
  Act(StartTask{*execution.task, limit, whose});
}

bool Decider::IsCurrentTask(const TaskEnded& event) {
  if (current().task && current().task->id == event.task) return true;
  Say("ignored, because no such task runs");
  return false;
}

bool Decider::EndingForShutdown() {
  if (!state().shutting_down) return false;
  // The journal keeps the task as running: the next start finds it so and goes on from there.
  Say("the agent ends; the next start goes on from here");
  Act(Exit{});
  return true;
}

void Decider::Accept() {
  current().phase = Phase::kAccepting;
  current().cursor = 0;
  for (StepRecord& step : current().steps) step.attempts = step.tries = 0;  // of checks; from now on of `run`
  Queue(JobStatus::kInProgress);
}

void Decider::Accepted(int64_t version) {
  Execution& execution = current();
  execution.version = version;
  execution.update.reset();
  execution.phase = Phase::kRunning;
  execution.accepted_wall = now_.wall;
  execution.last_update = now_.boot;
  execution.poll_due = Jittered(policy_.poll);
  Note("accepted", "the service accepted IN_PROGRESS (version " + std::to_string(version) + ")");
  BeginStep();
}

// --- Steps
// ----------------------------------------------------------------------------------------------------

void Decider::BeginStep() {
  if (current().called_off) return CallOff(*current().cause);  // nothing runs: a safe point
  if (JobTimeLeft().count() <= 0) {
    return TurnBackWith(CauseKind::kStepFailed,
                        "the job's limit of time is used up before " + StepLabel(current().cursor));
  }
  // Only what is declared and not yet kept: a snapshot that is complete is never made again.
  for (const auto& [guard, items] : step().protect) {
    const auto& guarded = record().guarded;
    if (std::find(guarded.begin(), guarded.end(), guard) != guarded.end()) continue;
    record().phase = StepPhase::kProtecting;
    return StartTaskNow(TaskKind::kSnapshot, policy_.guard_limit, LimitOf::kGuard, guard);
  }
  RunStep();
}

std::chrono::milliseconds Decider::JobTimeLeft() const {
  const JobDocument& document = current().plan.document;
  std::chrono::milliseconds left = policy_.job_limit;
  for (const Step& any : document.steps) left += any.timeout.value_or(std::chrono::seconds(0));
  if (document.timeout) left = *document.timeout;
  for (const StepRecord& ran : current().steps) left -= ran.usage.wall;
  return left;
}

Decider::TimeLimit Decider::LimitOfRun() const {
  const Step& next = current().plan.document.steps[current().cursor];
  const auto left = std::max(JobTimeLeft(), std::chrono::milliseconds(1));
  const auto own = next.timeout ? std::chrono::milliseconds(*next.timeout) : policy_.step_limit;
  return {std::min(own, left), left < own ? LimitOf::kJob : LimitOf::kStep};
}

void Decider::RunStep() {
  StepRecord& run = record();
  run.phase = StepPhase::kStarted;
  ++run.attempts;
  run.started_wall = now_.wall;
  run.ending.reset();  // of an earlier start
  run.told.clear();
  Note("step-started", StepLabel(current().cursor), current().cursor);
  const auto [limit, whose] = LimitOfRun();
  StartTaskNow(TaskKind::kRun, limit, whose);
  // Acceptance told of the first start, and set the lease for it.
  if (current().cursor > 0 || record().attempts > 1) {
    WantProgress();
    MaybeSendProgress();
  }
}

std::optional<int64_t> Decider::Lease() {
  if (!policy_.lease) return std::nullopt;
  const auto limit = LimitOfRun().limit;
  const auto guards = static_cast<int64_t>(step().protect.size() - record().guarded.size());
  auto whole = limit + guards * policy_.guard_limit + policy_.check_limit + policy_.lease_margin;
  if (current().phase == Phase::kPausing) {
    whole += std::chrono::milliseconds(std::max<int64_t>(0, current().again_due - now_.boot));
  }
  if (step().needs_connection) {
    whole += step().connection_limit.value_or(std::chrono::seconds(0)) + policy_.connection_limit;
  }
  return std::clamp<int64_t>((whole.count() + 59999) / 60000, 1, kMaxStepTimeoutMinutes);
}

void Decider::WantProgress() {
  current().progress_due = std::max(now_.boot, current().last_update + policy_.progress.count());
}

void Decider::MaybeSendProgress() {
  Execution& execution = current();
  if (execution.progress_due == 0 || execution.progress_due > now_.boot) return;
  if (execution.update || !state().link_up) return;
  execution.progress_due = 0;
  Queue(JobStatus::kInProgress);
}

void Decider::OnTaskEndedRunning(const TaskEnded& event) {
  Execution& execution = current();
  if (!IsCurrentTask(event) || EndingForShutdown()) return;
  const Task task = *execution.task;
  execution.task.reset();
  switch (task.kind) {
    case TaskKind::kSnapshot:
      if (Succeeded(event.ending)) {
        record().guarded.push_back(task.guard);
        Note("protected", StepLabel(task.step) + ": " + task.guard + " kept", task.step);
        return BeginStep();
      }
      record().phase = StepPhase::kWaiting;  // the step itself has changed nothing
      if (std::holds_alternative<Interrupted>(event.ending)) {
        ++record().attempts;  // a snapshot that brings the device down is not tried for ever
        return StepInterrupted();
      }
      return TurnBackWith(CauseKind::kStepFailed,
                          WithReason("guard " + task.guard + " of " + StepLabel(task.step) +
                                         " could not keep what it protects: " + ToString(event.ending),
                                     event.output.err));
    case TaskKind::kVerifyDone:
      if (Succeeded(event.ending)) return StepDone();
      if (std::holds_alternative<Interrupted>(event.ending)) return StepInterrupted();
      return StepFailed(WithReason("verify of " + StepLabel(task.step) + ": " + ToString(event.ending),
                                   event.output.err.lines > 0 ? event.output.err : event.output.out));
    default:
      return StepRan(event);
  }
}

void Decider::RecordRun(StepRecord& ran, const TaskEnded& event) {
  const auto before = ran.usage.wall;  // earlier starts count towards the job's limit too
  ran.ending = event.ending;
  ran.usage = event.usage;
  ran.usage.wall += before;
  ran.out = End(event.output.out);
  ran.err = End(event.output.err);
  ran.ended_wall = now_.wall;
  if (event.usage.kept) ran.kept = event.task;
}

void Decider::StepRan(const TaskEnded& event) {
  Learn(event.told);
  RecordRun(record(), event);
  const size_t index = current().cursor;
  Note("step-ended", StepLabel(index) + ": " + ToString(event.ending) + "; " + ToString(event.usage), index,
       TaskDetail(event));
  if (std::holds_alternative<Interrupted>(event.ending)) return StepInterrupted();
  if (EndedWith(event.ending, kRebootWanted)) return WantReboot();
  if (EndedWith(event.ending, kTryAgainLater)) return Pause(event);
  if (!Succeeded(event.ending)) return StepFailed(StepLabel(index) + ": " + ToString(event.ending));
  if (step().allow_stderr_lines && event.output.err.lines > *step().allow_stderr_lines) {
    return StepFailed(StepLabel(index) + ": " + std::to_string(event.output.err.lines) +
                      " lines on stderr, allowed are " + std::to_string(*step().allow_stderr_lines));
  }
  if (step().verify || current().plan.verbs[index].verify) {
    return StartTaskNow(TaskKind::kVerifyDone, policy_.check_limit, LimitOf::kCheck);
  }
  StepDone();
}

void Decider::StepDone() {
  if (step().needs_connection && !current().called_off) return Connect();
  StepOver();
}

void Decider::StepOver() {
  Execution& execution = current();
  record().phase = StepPhase::kDone;
  if (execution.called_off) return CallOff(*execution.cause);
  if (++execution.cursor < execution.steps.size()) return BeginStep();
  execution.cursor = execution.steps.size() - 1;
  execution.phase = Phase::kFinishing;
  execution.describe.reset();
  execution.progress_due = execution.poll_due = 0;
  Note("finishing", "every step is done: SUCCEEDED goes to the service");
  Queue(JobStatus::kSucceeded);
}

void Decider::StepFailed(const std::string& why) {
  if (step().ignore_failure) {
    Note("ignored", why + " (ignored, as the document says)", current().cursor);
    return StepDone();
  }
  record().phase = StepPhase::kFailed;
  if (current().called_off) return CallOff(*current().cause);
  TurnBackWith(CauseKind::kStepFailed, why);
}

void Decider::StepInterrupted() {
  if (current().called_off) return CallOff(*current().cause);
  // Who asked to be called again can be called again.
  const OnInterrupt choice = record().tries > 0 ? OnInterrupt::kRetry : step().on_interrupt;
  if (choice == OnInterrupt::kRetry &&
      record().attempts - record().reboots - record().tries < policy_.step_attempts) {
    Note("retry", StepLabel(current().cursor) + " was interrupted and is started again", current().cursor);
    return BeginStep();
  }
  if (choice == OnInterrupt::kDone && record().phase == StepPhase::kStarted) {
    Note("ignored", StepLabel(current().cursor) + " was interrupted and counts as done", current().cursor);
    return StepDone();
  }
  TurnBackWith(CauseKind::kInterrupted, StepLabel(current().cursor) + " was interrupted by a restart");
}

// --- Turning back
// ---------------------------------------------------------------------------------------------

void Decider::TurnBackWith(CauseKind kind, std::string text) {
  CallOff(Cause{kind, std::move(text), {}, {}});
}

void Decider::LearnServiceEnd(const std::optional<ExecutionState>& truth) {
  if (!truth) return;
  Execution& execution = current();
  if (!execution.cause) execution.cause = Cause{CauseKind::kLost, "", {}, {}};
  execution.cause->service_status = truth->status;
  execution.cause->service_details = truth->details;
  if (execution.cause->kind == CauseKind::kLost) {
    execution.cause->text = "the service ended it: " + std::string(ToString(truth->status));
  }
  std::string text = "the service has it as " + std::string(ToString(truth->status));
  for (const auto& [key, value] : truth->details) text += ", " + key + "=" + value;
  const nlohmann::json detail = {{"serviceStatus", ToString(truth->status)},
                                 {"serviceDetails", truth->details}};
  Note("lost", text, {}, detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Decider::Lose(const std::optional<ExecutionState>& truth, const std::string& evidence) {
  Cause cause;
  cause.kind = CauseKind::kLost;
  cause.text = truth ? "the service ended it: " + std::string(ToString(truth->status))
                     : "the service ended it (" + evidence + ")";
  current().cause = cause;
  if (truth) {
    LearnServiceEnd(truth);
  } else {
    Note("lost", cause.text);
  }
  Say("lost: " + evidence);
  CallOff(*current().cause);
}

void Decider::CallOff(Cause cause) {
  Execution& execution = current();
  execution.cause = std::move(cause);
  execution.update.reset();
  execution.describe.reset();
  execution.called_off = false;
  execution.progress_due = execution.poll_due = execution.reboot_due = 0;
  execution.again_due = execution.connect_due = 0;
  if (!execution.task) return StartUndo();
  execution.phase = Phase::kStopping;
  Note("called-off", "stopping " + StepLabel(execution.cursor) + ": " + execution.cause->text,
       execution.cursor);
  if (execution.task->kind == TaskKind::kRun && !step().interruptible) {
    const auto limit = step().max_uninterruptible ? std::chrono::milliseconds(*step().max_uninterruptible)
                                                  : policy_.uninterruptible;
    execution.stop_due = execution.task_started + limit.count();
    if (execution.stop_due > now_.boot) return;  // it may finish its critical section; time decides
    execution.stop_due = 0;
  }
  Act(StopTask{execution.task->id, Grace(*execution.task)});
}

std::chrono::milliseconds Decider::Grace(const Task& task) const {
  const Step& own = current().plan.document.steps[task.step];
  return task.kind == TaskKind::kRun && own.grace ? std::chrono::milliseconds(*own.grace) : policy_.grace;
}

void Decider::OnTaskEndedStopping(const TaskEnded& event) {
  Execution& execution = current();
  if (!IsCurrentTask(event) || EndingForShutdown()) return;
  const Task task = *execution.task;
  execution.task.reset();
  execution.stop_due = 0;
  execution.survivor.clear();
  if (task.kind == TaskKind::kKept) {
    Note("stopped", "what " + StepLabel(task.step) + " had left running is ended", task.step);
    return StartUndo();
  }
  if (task.kind == TaskKind::kRun) {
    Learn(event.told);
    RecordRun(execution.steps[task.step], event);
    execution.steps[task.step].phase = StepPhase::kFailed;
  } else if (task.kind == TaskKind::kSnapshot) {
    execution.steps[task.step].phase = StepPhase::kWaiting;
  }
  Note("stopped",
       StepLabel(task.step) + ": " + ToString(event.ending) + "; nothing of it is alive; " +
           ToString(event.usage),
       task.step, TaskDetail(event));
  StartUndo();
}

}  // namespace kedge
