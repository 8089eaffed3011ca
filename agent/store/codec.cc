#include "store/codec.h"

#include <limits>

#include "store/json_columns.h"

namespace kedge::store {
namespace {

constexpr int64_t kMaxInt = std::numeric_limits<int>::max();

template <class E>
E FromWord(const char* where, std::optional<E> (*from)(std::string_view), const std::string& word,
           Damage& damage) {
  const std::optional<E> value = from(word);
  if (!value) damage.Note(where, "'" + word + "' is not a known word");
  return value.value_or(E{});
}

template <class E>
std::optional<E> FromMaybe(const char* where, std::optional<E> (*from)(std::string_view),
                           const MaybeText& word, Damage& damage) {
  return word ? std::optional<E>(FromWord(where, from, *word, damage)) : std::nullopt;
}

template <class E>
MaybeText ToMaybe(const std::optional<E>& value) {
  return value ? MaybeText(ToString(*value)) : std::nullopt;
}

int SmallCount(const char* where, int64_t value, Damage& damage) {
  return static_cast<int>(damage.Within(where, value, 0, kMaxInt));
}

}  // namespace

MetaRow EncodeMeta(const State& state) { return {1, state.boot_id, state.next_task, 0}; }

CurrentRow EncodeCurrent(const Execution& execution, int64_t seq) {
  CurrentRow row;
  row.execution = seq;
  row.offered_wall = execution.offered_wall;
  row.accepted_wall = execution.accepted_wall;
  row.version = execution.version;
  row.phase = ToString(execution.phase);
  row.cursor = static_cast<int64_t>(execution.cursor);
  row.called_off = execution.called_off ? 1 : 0;
  row.verbs = VerbsToJson(execution.plan.verbs);
  if (execution.cause) {
    row.cause_kind = ToString(execution.cause->kind);
    row.cause_text = execution.cause->text;
    row.cause_status = ToMaybe(execution.cause->service_status);
    row.cause_details = DetailsToJson(execution.cause->service_details);
  }
  if (execution.task) {
    row.task_id = execution.task->id;
    row.task_kind = ToString(execution.task->kind);
    row.task_step = static_cast<int64_t>(execution.task->step);
    row.task_guard = execution.task->guard;
  }
  row.no_way_back = ListToJson(execution.findings.no_way_back);
  row.not_verified = ListToJson(execution.findings.not_verified);
  row.differences = ListToJson(execution.findings.differences);
  row.undo_next = static_cast<int64_t>(execution.undo_next);
  row.undo_failures = execution.undo_failures;
  row.verdict = ToMaybe(execution.verdict);
  if (execution.update) {
    row.update_status = ToString(execution.update->status);
    row.update_bare = execution.update->bare ? 1 : 0;
    row.update_attempts = execution.update->attempts;
    row.update_mismatches = execution.update->mismatches;
    row.update_expected = execution.update->expected_version;
  }
  return row;
}

Execution DecodeCurrent(const CurrentRow& row, Damage& damage) {
  Execution execution;
  execution.offered_wall = row.offered_wall;
  execution.accepted_wall = row.accepted_wall;
  execution.version = damage.Within("current.version", row.version, 0);
  execution.phase = FromWord("current.phase", PhaseFrom, row.phase, damage);
  execution.plan.verbs = VerbsFromJson("current.verbs", row.verbs, damage);
  const auto steps = static_cast<int64_t>(execution.plan.verbs.size());
  // `cursor` may stand just behind the last step; a task belongs to a step.
  execution.cursor = static_cast<size_t>(damage.Within("current.cursor", row.cursor, 0, steps));
  execution.called_off = row.called_off != 0;
  if (row.cause_kind) {
    Cause& cause = execution.cause.emplace();
    cause.kind = FromWord("current.cause_kind", CauseKindFrom, *row.cause_kind, damage);
    cause.text = row.cause_text.value_or("");
    cause.service_status = FromMaybe("current.cause_status", JobStatusFrom, row.cause_status, damage);
    cause.service_details = DetailsFromJson("current.cause_details", row.cause_details.value_or(""), damage);
  }
  if (row.task_id) {
    Task& task = execution.task.emplace();
    task.id = *row.task_id;
    task.kind = FromWord("current.task_kind", TaskKindFrom, row.task_kind.value_or(""), damage);
    task.step =
        static_cast<size_t>(damage.Within("current.task_step", row.task_step.value_or(-1), 0, steps - 1));
    task.guard = row.task_guard.value_or("");
  }
  execution.findings.no_way_back = ListFromJson("current.no_way_back", row.no_way_back, damage);
  execution.findings.not_verified = ListFromJson("current.not_verified", row.not_verified, damage);
  execution.findings.differences = ListFromJson("current.differences", row.differences, damage);
  execution.undo_next = static_cast<size_t>(SmallCount("current.undo_next", row.undo_next, damage));
  execution.undo_failures = SmallCount("current.undo_failures", row.undo_failures, damage);
  execution.verdict = FromMaybe("current.verdict", VerdictFrom, row.verdict, damage);
  if (row.update_status) {
    PendingUpdate& update = execution.update.emplace();
    update.status = FromWord("current.update_status", JobStatusFrom, *row.update_status, damage);
    update.bare = row.update_bare.value_or(0) != 0;
    update.attempts = SmallCount("current.update_attempts", row.update_attempts.value_or(-1), damage);
    update.mismatches = SmallCount("current.update_mismatches", row.update_mismatches.value_or(-1), damage);
    update.expected_version = damage.Within("current.update_expected", row.update_expected.value_or(-1), 0);
  }
  return execution;
}

StepRow EncodeStep(const StepRecord& step, size_t index) {
  StepRow row;
  row.idx = static_cast<int64_t>(index);
  row.phase = ToString(step.phase);
  row.guarded = ListToJson(step.guarded);
  row.attempts = step.attempts;
  row.reboots = step.reboots;
  row.ending = RunToJson(step);
  row.out = step.out;
  row.err = step.err;
  row.started_wall = step.started_wall;
  row.ended_wall = step.ended_wall;
  return row;
}

StepRecord DecodeStep(const StepRow& row, Damage& damage) {
  StepRecord step;
  step.phase = FromWord("step.phase", StepPhaseFrom, row.phase, damage);
  step.guarded = ListFromJson("step.guarded", row.guarded, damage);
  step.attempts = SmallCount("step.attempts", row.attempts, damage);
  step.reboots = SmallCount("step.reboots", row.reboots, damage);
  if (row.ending) RunFromJson("step.ending", *row.ending, &step, damage);
  step.out = row.out;
  step.err = row.err;
  step.started_wall = row.started_wall;
  step.ended_wall = row.ended_wall;
  return step;
}

QuarantineRow EncodeQuarantine(const Quarantine& quarantine) {
  const ExecutionId& by = quarantine.by;
  return {1, by.job.value, by.number, by.queued_at, quarantine.reason, quarantine.since_wall};
}

Quarantine DecodeQuarantine(const QuarantineRow& row, Damage& damage) {
  return {{{row.job}, damage.Within("quarantine.number", row.number, 0), row.queued_at},
          row.reason,
          row.since_wall};
}

ExecutionRow EncodeExecution(const ExecutionId& id, int64_t seq, int64_t offered_wall, std::string document) {
  ExecutionRow row;
  row.seq = seq;
  row.job = id.job.value;
  row.number = id.number;
  row.queued_at = id.queued_at;
  row.offered_wall = offered_wall;
  row.document = std::move(document);
  return row;
}

ExecutionId DecodeId(const ExecutionRow& row, Damage& damage) {
  return {{row.job}, damage.Within("execution.number", row.number, 0), row.queued_at};
}

void EncodeClosed(const Closed& closed, ExecutionRow& row) {
  row.status = ToString(closed.status);
  row.verdict = ToMaybe(closed.verdict);
  row.text = closed.text;
  row.reports = closed.reports;
  row.closed_wall = closed.closed_wall;
}

Closed DecodeClosed(const ExecutionRow& row, Damage& damage) {
  Closed closed;
  closed.id = DecodeId(row, damage);
  closed.status = FromWord("execution.status", JobStatusFrom, row.status.value_or("NULL"), damage);
  closed.verdict = FromMaybe("execution.verdict", VerdictFrom, row.verdict, damage);
  closed.text = row.text;
  closed.reports = SmallCount("execution.reports", row.reports, damage);
  closed.closed_wall = row.closed_wall;
  return closed;
}

}  // namespace kedge::store
