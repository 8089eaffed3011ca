#include "store/migrate.h"

#include <array>
#include <string>

#include "store/digest.h"
#include "store/load.h"
#include "store/row_io.h"
#include "store/rows.h"
#include "store/schema.h"

namespace kedge::store {
namespace {

// Rows as schema 1 had them.
struct MetaRow1 {
  static constexpr const char* kTable = "meta";
  static constexpr const char* kColumns = "slot, boot_id, next_task";
  MetaRow now;
  static auto Tie(auto& r) { return std::tie(r.now.slot, r.now.boot_id, r.now.next_task); }
};

struct CurrentRow1 {
  static constexpr const char* kTable = "current";
  static constexpr const char* kColumns =
      "slot, execution, offered_wall, accepted_wall, version, phase, cursor, called_off, verbs, "
      "cause_kind, cause_text, cause_status, cause_details, task_id, task_kind, task_step, task_guard, "
      "no_way_back, not_verified, differences, undo_next, undo_failures, verdict, "
      "update_status, update_bare, update_attempts, update_mismatches, update_expected";
  CurrentRow now;
  static auto Tie(auto& row) {
    auto& r = row.now;
    return std::tie(r.slot, r.execution, r.offered_wall, r.accepted_wall, r.version, r.phase, r.cursor,
                    r.called_off, r.verbs, r.cause_kind, r.cause_text, r.cause_status, r.cause_details,
                    r.task_id, r.task_kind, r.task_step, r.task_guard, r.no_way_back, r.not_verified,
                    r.differences, r.undo_next, r.undo_failures, r.verdict, r.update_status, r.update_bare,
                    r.update_attempts, r.update_mismatches, r.update_expected);
  }
};

struct StepRow1 {
  static constexpr const char* kTable = "step";
  static constexpr const char* kColumns =
      "idx, phase, guarded, attempts, ending, out, err, started_wall, ended_wall";
  StepRow now;
  static auto Tie(auto& row) {
    auto& r = row.now;
    return std::tie(r.idx, r.phase, r.guarded, r.attempts, r.ending, r.out, r.err, r.started_wall,
                    r.ended_wall);
  }
};

// The tables that schema 2 changed, as it makes them (not schema.sql: that may be a later one by now).
constexpr char kTables2[] = R"sql(
DROP VIEW outbox;
DROP TABLE meta;
DROP TABLE current;
DROP TABLE document;
DROP TABLE step;
CREATE TABLE meta (
  slot      INTEGER PRIMARY KEY CHECK (slot = 1),
  boot_id   TEXT    NOT NULL,
  next_task INTEGER NOT NULL CHECK (next_task >= 1),
  digest    INTEGER NOT NULL,
  sum       INTEGER NOT NULL
) STRICT;
CREATE TABLE current (
  slot          INTEGER PRIMARY KEY CHECK (slot >= 1),
  execution     INTEGER NOT NULL REFERENCES execution (seq),
  offered_wall  INTEGER NOT NULL,
  accepted_wall INTEGER NOT NULL,
  version       INTEGER NOT NULL CHECK (version >= 0),
  phase         TEXT    NOT NULL,
  cursor        INTEGER NOT NULL CHECK (cursor >= 0),
  called_off    INTEGER NOT NULL CHECK (called_off IN (0, 1)),
  verbs         TEXT    NOT NULL,
  cause_kind    TEXT,
  cause_text    TEXT,
  cause_status  TEXT CHECK (cause_status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED',
                                             'TIMED_OUT', 'REMOVED', 'CANCELED')),
  cause_details TEXT,
  task_id       INTEGER,
  task_kind     TEXT,
  task_step     INTEGER CHECK (task_step >= 0),
  task_guard    TEXT,
  no_way_back   TEXT    NOT NULL,
  not_verified  TEXT    NOT NULL,
  differences   TEXT    NOT NULL,
  undo_next     INTEGER NOT NULL CHECK (undo_next >= 0),
  undo_failures INTEGER NOT NULL CHECK (undo_failures >= 0),
  verdict       TEXT CHECK (verdict IN ('safe', 'unknown', 'unsafe')),
  update_status     TEXT CHECK (update_status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED',
                                                  'TIMED_OUT', 'REMOVED', 'CANCELED')),
  update_bare       INTEGER CHECK (update_bare IN (0, 1)),
  update_attempts   INTEGER CHECK (update_attempts >= 0),
  update_mismatches INTEGER CHECK (update_mismatches >= 0),
  update_expected   INTEGER CHECK (update_expected >= 0),
  digest            INTEGER NOT NULL,
  sum               INTEGER NOT NULL,
  CHECK ((update_status IS NULL) = (update_bare IS NULL) AND (update_status IS NULL) = (update_attempts IS NULL) AND
         (update_status IS NULL) = (update_mismatches IS NULL) AND (update_status IS NULL) = (update_expected IS NULL)),
  CHECK ((cause_kind IS NULL) = (cause_text IS NULL) AND (cause_kind IS NULL) = (cause_details IS NULL)),
  CHECK ((task_id IS NULL) = (task_kind IS NULL) AND (task_id IS NULL) = (task_step IS NULL) AND
         (task_id IS NULL) = (task_guard IS NULL))
) STRICT;
CREATE VIEW outbox AS
  SELECT execution, update_status AS status, update_bare AS bare, update_attempts AS attempts,
         update_mismatches AS mismatches, update_expected AS expected_version
  FROM current WHERE slot = 1 AND update_status IS NOT NULL;
CREATE TABLE document (
  slot INTEGER PRIMARY KEY CHECK (slot >= 1),
  text TEXT    NOT NULL,
  sum  INTEGER NOT NULL
) STRICT;
CREATE TABLE step (
  slot         INTEGER NOT NULL CHECK (slot >= 1),
  idx          INTEGER NOT NULL CHECK (idx >= 0),
  phase        TEXT    NOT NULL,
  guarded      TEXT    NOT NULL,
  attempts     INTEGER NOT NULL CHECK (attempts >= 0),
  reboots      INTEGER NOT NULL CHECK (reboots >= 0),
  ending       TEXT,
  out          TEXT    NOT NULL,
  err          TEXT    NOT NULL,
  started_wall INTEGER NOT NULL,
  ended_wall   INTEGER NOT NULL,
  sum          INTEGER NOT NULL,
  PRIMARY KEY (slot, idx)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";

template <class Row>
void StoreAll(Connection& db, const std::vector<Row>& rows) {
  for (const auto& row : rows) Store(db, "INSERT", row.now);
}

// 1 to 2: several executions in `current`, `document` and `step`; reboots of a step; the digest.
Result<void> To2(Connection& db) {
  Damage damage;
  auto meta = Fetch<MetaRow1>(db, damage, "");
  auto current = Fetch<CurrentRow1>(db, damage, "");
  const auto steps = Fetch<StepRow1>(db, damage, "ORDER BY idx");
  const auto documents = Fetch<DocumentRow>(db, damage, "");
  if (damage) return Unbelievable(db.path(), damage.words());
  if (!db.Execute(kTables2)) return {};
  StoreAll(db, meta);
  StoreAll(db, current);
  StoreAll(db, steps);
  for (const DocumentRow& document : documents) Store(db, "INSERT", document);
  const Result<State> state = LoadMigrated(db);
  if (!state) return Unexpected(state.error());
  const int64_t digest = DigestOf(*state);
  for (auto& row : current) row.now.digest = digest;
  if (current.empty() && !meta.empty()) meta.front().now.digest = digest;
  for (const auto& row : meta) Store(db, "REPLACE", row.now);
  for (const auto& row : current) Store(db, "REPLACE", row.now);
  return {};
}

// kMigrations[n - 1] takes a journal from schema n to n + 1, with its new user_version. What it leaves must
// be what schema.sql makes, column for column.
constexpr std::array<Result<void> (*)(Connection&), kSchemaVersion - 1> kMigrations{To2};

}  // namespace

Result<void> Migrate(Connection& db) {
  for (int64_t version = db.Number("PRAGMA user_version"); version < kSchemaVersion; ++version) {
    db.Execute("BEGIN IMMEDIATE");
    Result<void> done = kMigrations[static_cast<size_t>(version - 1)](db);
    if (done && db.Execute("COMMIT")) continue;
    if (db.failed()) done = Unexpected(db.TakeFailure("cannot bring the schema up to date in the journal"));
    if (db.InTransaction() && !db.Execute("ROLLBACK")) db.TakeFailure("");
    return done;
  }
  if (db.failed()) return Unexpected(db.TakeFailure("cannot read the journal"));
  return {};
}

}  // namespace kedge::store
