// One struct for each table of schema.sql, column by column but for `sum`. Private to store/; row_io.h stores
// and fetches them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

namespace kedge::store {

using Text = std::string;
using MaybeText = std::optional<std::string>;
using MaybeInt = std::optional<int64_t>;

struct MetaRow {
  static constexpr const char* kTable = "meta";
  static constexpr const char* kColumns = "slot, boot_id, next_task, digest";
  int64_t slot = 1;
  Text boot_id;
  int64_t next_task = 1, digest = 0;
  static auto Tie(auto& r) { return std::tie(r.slot, r.boot_id, r.next_task, r.digest); }
  bool operator==(const MetaRow&) const = default;
};

struct ExecutionRow {
  static constexpr const char* kTable = "execution";
  static constexpr const char* kColumns =
      "seq, job, number, queued_at, offered_wall, document, status, verdict, text, reports, closed_wall";
  int64_t seq = 0;
  Text job;
  int64_t number = 0, queued_at = 0, offered_wall = 0;
  Text document;
  MaybeText status, verdict;
  Text text;
  int64_t reports = 0, closed_wall = 0;
  static auto Tie(auto& r) {
    return std::tie(r.seq, r.job, r.number, r.queued_at, r.offered_wall, r.document, r.status, r.verdict,
                    r.text, r.reports, r.closed_wall);
  }
  bool operator==(const ExecutionRow&) const = default;
};

struct LedgerRow {
  static constexpr const char* kTable = "ledger";
  static constexpr const char* kColumns = "rank, execution";
  int64_t rank = 0, execution = 0;
  static auto Tie(auto& r) { return std::tie(r.rank, r.execution); }
  bool operator==(const LedgerRow&) const = default;
};

struct CurrentRow {
  static constexpr const char* kTable = "current";
  static constexpr const char* kColumns =
      "slot, execution, offered_wall, accepted_wall, version, phase, cursor, called_off, verbs, "
      "cause_kind, cause_text, cause_status, cause_details, task_id, task_kind, task_step, task_guard, "
      "no_way_back, not_verified, differences, undo_next, undo_failures, verdict, "
      "update_status, update_bare, update_attempts, update_mismatches, update_expected, digest";
  int64_t slot = 1, execution = 0, offered_wall = 0, accepted_wall = 0, version = 0;
  Text phase;
  int64_t cursor = 0, called_off = 0;
  Text verbs;
  MaybeText cause_kind, cause_text, cause_status, cause_details;
  MaybeInt task_id;
  MaybeText task_kind;
  MaybeInt task_step;
  MaybeText task_guard;
  Text no_way_back, not_verified, differences;
  int64_t undo_next = 0, undo_failures = 0;
  MaybeText verdict, update_status;
  MaybeInt update_bare, update_attempts, update_mismatches, update_expected;
  int64_t digest = 0;
  static auto Tie(auto& r) {
    return std::tie(r.slot, r.execution, r.offered_wall, r.accepted_wall, r.version, r.phase, r.cursor,
                    r.called_off, r.verbs, r.cause_kind, r.cause_text, r.cause_status, r.cause_details,
                    r.task_id, r.task_kind, r.task_step, r.task_guard, r.no_way_back, r.not_verified,
                    r.differences, r.undo_next, r.undo_failures, r.verdict, r.update_status, r.update_bare,
                    r.update_attempts, r.update_mismatches, r.update_expected, r.digest);
  }
  bool operator==(const CurrentRow&) const = default;
};

struct DocumentRow {
  static constexpr const char* kTable = "document";
  static constexpr const char* kColumns = "slot, text";
  int64_t slot = 1;
  Text text;
  static auto Tie(auto& r) { return std::tie(r.slot, r.text); }
};

struct StepRow {
  static constexpr const char* kTable = "step";
  static constexpr const char* kColumns =
      "slot, idx, phase, guarded, attempts, reboots, ending, out, err, started_wall, ended_wall";
  int64_t slot = 1, idx = 0;
  Text phase, guarded;
  int64_t attempts = 0, reboots = 0;
  MaybeText ending;
  Text out, err;
  int64_t started_wall = 0, ended_wall = 0;
  static auto Tie(auto& r) {
    return std::tie(r.slot, r.idx, r.phase, r.guarded, r.attempts, r.reboots, r.ending, r.out, r.err,
                    r.started_wall, r.ended_wall);
  }
};

struct QuarantineRow {
  static constexpr const char* kTable = "quarantine";
  static constexpr const char* kColumns = "slot, job, number, queued_at, reason, since_wall";
  int64_t slot = 1;
  Text job;
  int64_t number = 0, queued_at = 0;
  Text reason;
  int64_t since_wall = 0;
  static auto Tie(auto& r) { return std::tie(r.slot, r.job, r.number, r.queued_at, r.reason, r.since_wall); }
};

struct HistoryRow {
  static constexpr const char* kTable = "history";
  static constexpr const char* kColumns = "execution, n, wall, kind, step, text, detail";
  int64_t execution = 0, n = 0, wall = 0;
  Text kind;
  MaybeInt step;
  Text text, detail;
  static auto Tie(auto& r) { return std::tie(r.execution, r.n, r.wall, r.kind, r.step, r.text, r.detail); }
};

}  // namespace kedge::store
