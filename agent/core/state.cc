#include "core/state.h"

#include <algorithm>
#include <array>

#include "core/execution.h"

namespace kedge {
namespace {

template <typename E, size_t N>
struct Words {
  std::array<std::pair<E, std::string_view>, N> pairs;
  std::string_view Of(E value) const {
    for (const auto& [v, word] : pairs) {
      if (v == value) return word;
    }
    return "?";
  }
  std::optional<E> From(std::string_view word) const {
    for (const auto& [v, w] : pairs) {
      if (w == word) return v;
    }
    return std::nullopt;
  }
};

constexpr Words<Phase, 10> kPhases{{{{Phase::kChecking, "checking"},
                                     {Phase::kAccepting, "accepting"},
                                     {Phase::kRunning, "running"},
                                     {Phase::kPausing, "pausing"},
                                     {Phase::kRebooting, "rebooting"},
                                     {Phase::kConnecting, "connecting"},
                                     {Phase::kFinishing, "finishing"},
                                     {Phase::kStopping, "stopping"},
                                     {Phase::kRollingBack, "rolling-back"},
                                     {Phase::kReporting, "reporting"}}}};

constexpr Words<StepPhase, 6> kStepPhases{{{{StepPhase::kWaiting, "waiting"},
                                            {StepPhase::kProtecting, "protecting"},
                                            {StepPhase::kStarted, "started"},
                                            {StepPhase::kDone, "done"},
                                            {StepPhase::kFailed, "failed"},
                                            {StepPhase::kUndone, "undone"}}}};

constexpr Words<CauseKind, 7> kCauses{{{{CauseKind::kStepFailed, "step-failed"},
                                        {CauseKind::kLost, "lost"},
                                        {CauseKind::kCancelled, "cancelled"},
                                        {CauseKind::kInterrupted, "interrupted"},
                                        {CauseKind::kRefused, "refused"},
                                        {CauseKind::kNotOurs, "not-ours"},
                                        {CauseKind::kDevice, "device"}}}};

constexpr Words<TaskKind, 10> kTaskKinds{{{{TaskKind::kCheck, "check"},
                                           {TaskKind::kSnapshot, "snapshot"},
                                           {TaskKind::kRun, "run"},
                                           {TaskKind::kVerifyDone, "verify-done"},
                                           {TaskKind::kRollback, "rollback"},
                                           {TaskKind::kRestore, "restore"},
                                           {TaskKind::kVerifyUndone, "verify-undone"},
                                           {TaskKind::kVerifyGuard, "verify-guard"},
                                           {TaskKind::kReboot, "reboot"},
                                           {TaskKind::kKept, "kept"}}}};

}  // namespace

std::string_view ToString(Phase phase) { return kPhases.Of(phase); }
std::optional<Phase> PhaseFrom(std::string_view word) { return kPhases.From(word); }
std::string_view ToString(StepPhase phase) { return kStepPhases.Of(phase); }
std::optional<StepPhase> StepPhaseFrom(std::string_view word) { return kStepPhases.From(word); }
std::string_view ToString(CauseKind kind) { return kCauses.Of(kind); }
std::optional<CauseKind> CauseKindFrom(std::string_view word) { return kCauses.From(word); }
std::string_view ToString(TaskKind kind) { return kTaskKinds.Of(kind); }
std::optional<TaskKind> TaskKindFrom(std::string_view word) { return kTaskKinds.From(word); }

bool IsForward(TaskKind kind) {
  return kind == TaskKind::kCheck || kind == TaskKind::kSnapshot || kind == TaskKind::kRun ||
         kind == TaskKind::kVerifyDone || kind == TaskKind::kReboot;
}

namespace {

void ForgetVolatile(Execution& execution) {
  execution.describe.reset();
  execution.task_started = execution.stop_due = execution.reboot_due = execution.undo_due = 0;
  execution.again_due = execution.connect_due = 0;
  execution.poll_due = execution.progress_due = execution.last_update = 0;
  execution.survivor.clear();
  execution.orphaned = false;
  for (StepRecord& step : execution.steps) {
    step.kept = 0;
    step.refused_told = false;
    // What a step tells while it runs is not worth a write each time: a crash ends the step anyway.
    if (!step.ending) step.told.clear();
  }
  if (!execution.update) return;
  execution.update->token.clear();
  execution.update->due = 0;
}

}  // namespace

State Durable(const State& state) {
  State durable = state;
  durable.session.clear();
  durable.next_token = 1;
  durable.link_up = false;
  durable.shutting_down = false;
  durable.next.reset();
  durable.idle_due = 0;
  if (durable.current) ForgetVolatile(*durable.current);
  for (Execution& execution : durable.stranded) ForgetVolatile(execution);
  return durable;
}

std::optional<int64_t> NextDeadline(const State& state) {
  std::optional<int64_t> next;
  const auto consider = [&next](int64_t due) {
    if (due > 0 && (!next || due < *next)) next = due;
  };
  if (!state.current) {
    if (state.link_up) consider(state.next ? state.next->due : state.idle_due);
    return next;
  }
  const Execution& current = *state.current;
  switch (current.phase) {
    case Phase::kAccepting:
    case Phase::kFinishing:
    case Phase::kReporting:
      if (current.update && state.link_up) consider(current.update->due);
      break;
    case Phase::kRebooting:
    case Phase::kConnecting:
    case Phase::kPausing:
    case Phase::kRunning:
      if (current.phase == Phase::kRebooting && !current.task) consider(current.reboot_due);
      consider(current.connect_due);
      if (!state.link_up) break;
      if (current.phase == Phase::kPausing) consider(current.again_due);
      if (current.update)
        consider(current.update->due);
      else
        consider(current.progress_due);
      consider(current.describe ? current.describe->due : current.poll_due);
      break;
    case Phase::kStopping:
      consider(current.stop_due);
      break;
    case Phase::kRollingBack:
      if (!current.task) consider(current.undo_due);
      break;
    case Phase::kChecking:
      if (!current.task) consider(current.again_due);
      break;
  }
  return next;
}

}  // namespace kedge
