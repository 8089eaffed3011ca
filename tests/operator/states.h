// States as the agent passes through them, made by hand: one three-step job in each of its phases.
#pragma once

#include <string>

#include "core/state.h"

namespace kedge::op {

inline constexpr int64_t kWall = 1'795'575'251'000;  // 2026-11-25 02:54:11 UTC

inline Step StepNamed(const std::string& name) {
  Step step;
  step.name = name;
  step.command.args = {"true"};
  return step;
}

// fw-42: step 1 'fetch' protected files, step 2 'configure' has a rollback, step 3 'restart' has no way back.
inline Execution ExecutionIn(Phase phase) {
  Execution execution;
  execution.id = {JobId{"fw-42"}, 2, kWall - 9000};
  execution.version = 3;
  execution.plan.document.steps = {StepNamed("fetch"), StepNamed("configure"), StepNamed("restart")};
  execution.plan.document.steps[0].protect = {{"files", {"/etc/app.conf"}}};
  execution.plan.document.steps[1].rollback = Command{};
  execution.plan.verbs.resize(3);
  execution.steps.resize(3);
  execution.phase = phase;
  execution.offered_wall = kWall;
  return execution;
}

// In step 2, which runs since kWall + 5 s.
inline Execution InStepTwo(Phase phase) {
  Execution execution = ExecutionIn(phase);
  execution.accepted_wall = kWall + 1000;
  execution.cursor = 1;
  execution.steps[0] = {.phase = StepPhase::kDone,
                        .guarded = {"files"},
                        .attempts = 1,
                        .ending = Exited{0},
                        .out = "",
                        .err = "",
                        .started_wall = kWall + 2000,
                        .ended_wall = kWall + 4000};
  execution.steps[1].phase = StepPhase::kStarted;
  execution.steps[1].started_wall = kWall + 5000;
  execution.task = Task{17, TaskKind::kRun, 1, ""};
  return execution;
}

inline Closed ClosedAs(JobStatus status, std::optional<Verdict> verdict, const std::string& text) {
  return {{JobId{"fw-41"}, 1, kWall - 99000}, status, verdict, text, 0, kWall - 60000};
}

inline State With(Execution execution) {
  State state;
  state.link_up = true;
  state.current = std::move(execution);
  return state;
}

}  // namespace kedge::op
