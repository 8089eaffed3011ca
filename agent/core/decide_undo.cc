// The way back: undo the steps that began, newest first; verify; judge; report; close. Everything here may be
// interrupted and is then done again: handlers and guards are idempotent by contract (handlers/PROTOCOL.md).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/decider.h"
#include "core/status_details.h"

namespace kedge {
namespace {

constexpr size_t kMaxDifferences =
    100;  // lines kept; a tree of a million changed files needs no more to be unsafe

bool Began(const StepRecord& record) {
  return record.phase == StepPhase::kStarted || record.phase == StepPhase::kDone ||
         record.phase == StepPhase::kFailed;
}

bool IsVerification(TaskKind kind) {
  return kind == TaskKind::kVerifyUndone || kind == TaskKind::kVerifyGuard;
}

// In the order of what depends on what: packages bring files, and a service has to be started with the files
// and programs that are put back. Other guards stand between, by name.
std::vector<std::string> RestoreOrder(std::vector<std::string> guards) {
  const auto rank = [](const std::string& guard) {
    return guard == "packages" ? 0 : guard == "services" ? 2 : 1;
  };
  std::sort(guards.begin(), guards.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(rank(a), std::string_view(a)) < std::pair(rank(b), std::string_view(b));
  });
  return guards;
}

// Whether a verification of this step could not tell, and was passed over in the end.
bool PassedOver(const UndoFindings& findings, const std::string& what) {
  return std::any_of(findings.not_verified.begin(), findings.not_verified.end(),
                     [&](const std::string& entry) { return entry.find(what) != entry.npos; });
}

// A verification that ended by itself, and found neither sameness nor differences.
bool CannotTell(const TaskEnded& event) {
  const auto* exited = std::get_if<Exited>(&event.ending);
  return exited != nullptr && exited->status != 0 && exited->status != 1;
}

}  // namespace

const Closed* FindClosed(const State& state, const ExecutionId& id) {
  const auto found = std::find_if(state.ledger.begin(), state.ledger.end(),
                                  [&](const Closed& closed) { return closed.id == id; });
  return found == state.ledger.end() ? nullptr : &*found;
}

std::vector<Task> UndoTasks(const Execution& execution, size_t index) {
  const Step& step = execution.plan.document.steps[index];
  const Verbs& verbs = execution.plan.verbs[index];
  const std::vector<std::string> guards = RestoreOrder(execution.steps[index].guarded);
  std::vector<Task> tasks;
  if (step.rollback || verbs.rollback) tasks.push_back({0, TaskKind::kRollback, index, ""});
  for (const std::string& guard : guards) tasks.push_back({0, TaskKind::kRestore, index, guard});
  // Verifying what has no way back would only find that it was not undone.
  if (tasks.empty()) return tasks;
  if (step.verify || verbs.verify) tasks.push_back({0, TaskKind::kVerifyUndone, index, ""});
  for (const std::string& guard : guards) tasks.push_back({0, TaskKind::kVerifyGuard, index, guard});
  return tasks;
}

void Decider::StartUndo() {
  Execution& execution = current();
  // Nothing that the job started is alive when its undoing begins.
  const auto kept = std::find_if(execution.steps.begin(), execution.steps.end(),
                                 [](const StepRecord& step) { return step.kept > 0; });
  if (kept != execution.steps.end()) {
    const auto index = static_cast<size_t>(kept - execution.steps.begin());
    execution.phase = Phase::kStopping;
    execution.task = Task{std::exchange(kept->kept, 0), TaskKind::kKept, index, ""};
    return Act(StopLeftovers{execution.task->id});
  }
  execution.phase = Phase::kRollingBack;
  execution.undo_next = 0;
  execution.cursor = execution.steps.empty() ? 0 : execution.steps.size() - 1;
  if (std::any_of(execution.steps.begin(), execution.steps.end(), Began)) {
    Note("rolling-back", execution.cause->text);
  }
  NextUndo();
}

void Decider::NextUndo() {
  Execution& execution = current();
  execution.undo_due = 0;
  while (!execution.steps.empty()) {
    StepRecord& undoing = record();
    if (Began(undoing)) {
      const std::vector<Task> tasks = UndoTasks(execution, execution.cursor);
      if (execution.undo_next < tasks.size()) {
        const Task& task = tasks[execution.undo_next];
        return StartTaskNow(task.kind, policy_.undo_limit, LimitOf::kUndo, task.guard);
      }
      UndoFindings& findings = execution.findings;
      if (!undoing.no_way_back.empty()) findings.no_way_back.push_back(undoing.no_way_back);
      if (tasks.empty()) {
        findings.no_way_back.push_back(StepLabel(execution.cursor));
        Note("not-undone", StepLabel(execution.cursor) + " has no rollback and protected nothing",
             execution.cursor);
      } else {
        const std::string label = StepLabel(execution.cursor);
        if (!IsVerification(tasks.back().kind)) findings.not_verified.push_back(label);
        const bool doubted = PassedOver(findings, label);
        Note("undone", label + (doubted ? " is undone" : " is undone and verified"), execution.cursor);
      }
      undoing.phase = StepPhase::kUndone;
    }
    execution.undo_next = 0;
    if (execution.cursor == 0) break;
    --execution.cursor;
  }
  Decide();
}

void Decider::OnTaskEndedRollingBack(const TaskEnded& event) {
  Execution& execution = current();
  if (!IsCurrentTask(event)) return;
  if (state().shutting_down) {
    // Ended because the agent ends: that says nothing against the undo, and is no attempt of it.
    execution.task.reset();
    execution.undo_next = Succeeded(event.ending) ? execution.undo_next + 1 : 0;
    Act(Exit{});
    return Say("the agent ends; the next start goes on from here");
  }
  if (!Succeeded(event.ending)) return UndoTaskFailed(event);
  // What could not be told the last time can be told now.
  std::erase_if(
      execution.findings.not_verified,
      [what = TaskLabel(*execution.task)](const std::string& entry) { return entry.starts_with(what); });
  execution.task.reset();
  ++execution.undo_next;
  NextUndo();
}

std::string Decider::TaskLabel(const Task& task) {
  return std::string(ToString(task.kind)) + (task.guard.empty() ? "" : " " + task.guard) + " of " +
         StepLabel(task.step);
}

void Decider::UndoTaskFailed(const TaskEnded& event) {
  Execution& execution = current();
  const Task task = *execution.task;
  execution.task.reset();
  const std::string what = TaskLabel(task);
  const bool cannot_tell = IsVerification(task.kind) && CannotTell(event);
  if (cannot_tell && PassedOver(execution.findings, what)) {
    ++execution.undo_next;
    return NextUndo();
  }
  ++execution.undo_failures;

  std::vector<std::string> differences;
  const auto* exited = std::get_if<Exited>(&event.ending);
  if (IsVerification(task.kind) && exited != nullptr && exited->status == 1) {
    std::istringstream lines(event.output.out.Text());
    for (std::string line; differences.size() < kMaxDifferences && std::getline(lines, line);) {
      std::string safe = SafeDetailValue(line);
      if (!safe.empty()) differences.push_back((task.guard.empty() ? "" : task.guard + " ") + safe);
    }
  }
  if (differences.empty()) {
    const std::string reason = SafeDetailValue(event.output.err.Text(), Keep::kTail, 256);
    differences.push_back(what + ": " + ToString(event.ending) + (reason.empty() ? "" : ": " + reason));
  }
  const nlohmann::json detail = {{"task", event.task},
                                 {"differences", differences},
                                 {"stdout", event.output.out.Text()},
                                 {"stderr", event.output.err.Text()}};
  Note("undo-failed", what + ": " + ToString(event.ending), task.step,
       detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));

  if (execution.undo_failures >= policy_.undo_attempts && cannot_tell) {
    // It is undone as far as anybody can tell: that is no difference, and no reason to leave the rest as it
    // is.
    execution.findings.not_verified.push_back(differences.front());
    execution.undo_failures = 0;  // that it cannot be told is not held against what comes after it
    ++execution.undo_next;
    return NextUndo();
  }
  if (execution.undo_failures >= policy_.undo_attempts) {
    execution.findings.differences = std::move(differences);
    // An earlier step is not undone beneath one that is still there in part: the order is the safety.
    if (task.step > 0) {
      execution.findings.differences.push_back("steps 1 to " + std::to_string(task.step) + " are not undone");
    }
    return Decide();
  }
  execution.undo_next = 0;  // the whole step again: rollback before verify
  execution.undo_due = now_.boot + BackoffDelay(policy_.retry, execution.undo_failures, now_.random).count();
}

void Decider::Decide() {
  Execution& execution = current();
  execution.verdict = Judge(execution.findings);
  const nlohmann::json detail = {{"differences", execution.findings.differences},
                                 {"noWayBack", execution.findings.no_way_back},
                                 {"notVerified", execution.findings.not_verified}};
  Note("verdict", "verdict " + std::string(ToString(*execution.verdict)), {},
       detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (execution.verdict == Verdict::kUnsafe) {
    const std::string why = "job " + execution.id.job.value +
                            " could not be undone: " + DifferencesText(execution.findings, 2000);
    Note("quarantined", why);
    Quarantined(execution.id, why);
  }
  if (const Closed* known = FindClosed(state(), execution.id))
    return CloseRetried(*known);  // another attempt: the service knows its end
  execution.phase = Phase::kReporting;
  if (execution.orphaned) return Close(JobStatus::kFailed, execution.cause->text);
  Queue(execution.cause->kind == CauseKind::kRefused ? JobStatus::kRejected : JobStatus::kFailed);
}

void Decider::CloseRetried(const Closed& known) {
  Closed closed = known;
  const Execution& execution = current();
  closed.verdict = execution.verdict;
  Note("closed", "tried again: verdict " + std::string(ToString(*closed.verdict)));
  auto& ledger = state().ledger;
  ledger.erase(std::find(ledger.begin(), ledger.end(), known));
  ledger.push_front(std::move(closed));
  if (execution.verdict == Verdict::kUnsafe) {
    state().stranded.insert(state().stranded.begin(), std::move(current()));
  } else {
    Act(DropUndo{execution.id});
    const auto& quarantine = state().quarantine;
    if (quarantine && !quarantine->by.job.value.empty() && state().stranded.empty()) {
      Lift("the roll-back, which came through");
    }
  }
  state().current.reset();
  WantNext(now_.boot);
}

void Decider::Lift(const std::string& by) {
  const ExecutionId blamed = state().quarantine->by;
  if (!blamed.job.value.empty()) {
    transition_.history.push_back(
        {blamed, now_.wall, "cleared", {}, "the quarantine was lifted by " + by, ""});
  }
  for (const Execution& execution : state().stranded) Act(DropUndo{execution.id});
  state().stranded.clear();
  state().quarantine.reset();
}

void Decider::Close(JobStatus status, std::string text) {
  const Execution& execution = current();
  Closed closed{execution.id, status, execution.verdict, std::move(text), 0, now_.wall};
  auto& ledger = state().ledger;
  const auto known =
      std::find_if(ledger.begin(), ledger.end(), [&](const Closed& c) { return c.id == closed.id; });
  if (known != ledger.end()) {
    closed.reports = known->reports + 1;
    ledger.erase(known);
  }
  Note("closed", std::string(ToString(status)) +
                     (closed.verdict ? ", verdict " + std::string(ToString(*closed.verdict)) : ""));
  ledger.push_front(std::move(closed));
  if (ledger.size() > kLedgerSize) ledger.pop_back();
  const bool repaired = status == JobStatus::kSucceeded && execution.plan.document.repair;
  if (execution.verdict == Verdict::kUnsafe && state().quarantine && !execution.steps.empty()) {
    // What could not be undone keeps its undo data: another attempt needs it, and it is evidence.
    Execution kept = std::move(current());
    kept.update.reset();
    state().stranded.insert(state().stranded.begin(), std::move(kept));
  } else if (std::none_of(state().stranded.begin(), state().stranded.end(),
                          [&](const Execution& kept) { return kept.id == execution.id; })) {
    Act(DropUndo{execution.id});
  }
  if (repaired && state().quarantine) Lift("job " + ledger.front().id.job.value + ", a repair");
  state().current.reset();
  // The next notify-next usually comes by itself; ask only if it does not.
  WantNext(now_.boot + policy_.notice_wait.count());
}

}  // namespace kedge
