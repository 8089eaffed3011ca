// A journal that an older version wrote goes on with this one.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>

#include "checked.h"
#include "life.h"
#include "store/journal.h"
#include "store/row_io.h"
#include "store/rows.h"
#include "store/schema.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

// schema.sql as version 1 had it, without its comments.
constexpr char kSchema1[] = R"sql(
PRAGMA application_id = 0x4B454447;
PRAGMA user_version = 1;
CREATE TABLE meta (
  slot      INTEGER PRIMARY KEY CHECK (slot = 1),
  boot_id   TEXT    NOT NULL,
  next_task INTEGER NOT NULL CHECK (next_task >= 1),
  sum       INTEGER NOT NULL
) STRICT;
CREATE TABLE execution (
  seq          INTEGER PRIMARY KEY,
  job          TEXT    NOT NULL,
  number       INTEGER NOT NULL CHECK (number >= 0),
  queued_at    INTEGER NOT NULL,
  offered_wall INTEGER NOT NULL,
  document     TEXT    NOT NULL,
  status       TEXT CHECK (status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED', 'TIMED_OUT',
                                      'REMOVED', 'CANCELED')),
  verdict      TEXT CHECK (verdict IN ('safe', 'unknown', 'unsafe')),
  text         TEXT    NOT NULL,
  reports      INTEGER NOT NULL CHECK (reports >= 0),
  closed_wall  INTEGER NOT NULL,
  sum          INTEGER NOT NULL
) STRICT;
CREATE TABLE ledger (
  rank      INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution (seq),
  sum       INTEGER NOT NULL
) STRICT;
CREATE TABLE current (
  slot          INTEGER PRIMARY KEY CHECK (slot = 1),
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
  FROM current WHERE update_status IS NOT NULL;
CREATE TABLE document (
  slot INTEGER PRIMARY KEY CHECK (slot = 1),
  text TEXT    NOT NULL,
  sum  INTEGER NOT NULL
) STRICT;
CREATE TABLE step (
  idx          INTEGER PRIMARY KEY CHECK (idx >= 0),
  phase        TEXT    NOT NULL,
  guarded      TEXT    NOT NULL,
  attempts     INTEGER NOT NULL CHECK (attempts >= 0),
  ending       TEXT,
  out          TEXT    NOT NULL,
  err          TEXT    NOT NULL,
  started_wall INTEGER NOT NULL,
  ended_wall   INTEGER NOT NULL,
  sum          INTEGER NOT NULL
) STRICT;
CREATE TABLE quarantine (
  slot       INTEGER PRIMARY KEY CHECK (slot = 1),
  job        TEXT    NOT NULL,
  number     INTEGER NOT NULL CHECK (number >= 0),
  queued_at  INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  since_wall INTEGER NOT NULL,
  sum        INTEGER NOT NULL
) STRICT;
CREATE TABLE history (
  execution INTEGER NOT NULL REFERENCES execution (seq) ON DELETE CASCADE,
  n         INTEGER NOT NULL CHECK (n >= 1),
  wall      INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  step      INTEGER CHECK (step >= 0),
  text      TEXT    NOT NULL,
  detail    TEXT    NOT NULL,
  sum       INTEGER NOT NULL,
  PRIMARY KEY (execution, n)
) STRICT, WITHOUT ROWID;
)sql";

// The rows that were others in version 1: what they have now, in the columns that they had then.
struct Meta1 : MetaRow {
  static constexpr const char* kColumns = "slot, boot_id, next_task";
  static auto Tie(auto& r) { return std::tie(r.slot, r.boot_id, r.next_task); }
};
struct Step1 : StepRow {
  static constexpr const char* kColumns =
      "idx, phase, guarded, attempts, ending, out, err, started_wall, ended_wall";
  static auto Tie(auto& r) {
    return std::tie(r.idx, r.phase, r.guarded, r.attempts, r.ending, r.out, r.err, r.started_wall,
                    r.ended_wall);
  }
};
struct Current1 : CurrentRow {
  static constexpr const char* kColumns =
      "slot, execution, offered_wall, accepted_wall, version, phase, cursor, called_off, verbs, cause_kind, "
      "cause_text, cause_status, cause_details, task_id, task_kind, task_step, task_guard, no_way_back, "
      "not_verified, differences, undo_next, undo_failures, verdict, update_status, update_bare, "
      "update_attempts, "
      "update_mismatches, update_expected";
  static auto Tie(auto& r) {
    return std::tie(r.slot, r.execution, r.offered_wall, r.accepted_wall, r.version, r.phase, r.cursor,
                    r.called_off, r.verbs, r.cause_kind, r.cause_text, r.cause_status, r.cause_details,
                    r.task_id, r.task_kind, r.task_step, r.task_guard, r.no_way_back, r.not_verified,
                    r.differences, r.undo_next, r.undo_failures, r.verdict, r.update_status, r.update_bare,
                    r.update_attempts, r.update_mismatches, r.update_expected);
  }
};

template <class Row, class Old>
void Copy(Connection& from, Connection& to) {
  Damage damage;
  for (const Row& row : Fetch<Row>(from, damage, "")) {
    Old old;
    static_cast<Row&>(old) = row;
    REQUIRE(Store(to, "INSERT", old));
  }
  REQUIRE(!damage);
}

// Writes at `path` what version 1 would have written in the place of the journal `now`.
void WriteVersion1(const std::string& now, const std::string& path) {
  const auto from = Must(Connection::Open(now, now, SQLITE_OPEN_READWRITE));
  const auto to = Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  REQUIRE(to->Execute("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL"));
  REQUIRE(to->Execute(kSchema1));
  Copy<MetaRow, Meta1>(*from, *to);
  Copy<ExecutionRow, ExecutionRow>(*from, *to);
  Copy<LedgerRow, LedgerRow>(*from, *to);
  Copy<CurrentRow, Current1>(*from, *to);
  Copy<DocumentRow, DocumentRow>(*from, *to);
  Copy<StepRow, Step1>(*from, *to);
  Copy<QuarantineRow, QuarantineRow>(*from, *to);
  Copy<HistoryRow, HistoryRow>(*from, *to);
}

// The state after the first `commits` of a life without stranded executions, in a file of version 1.
State Version1(const std::string& path, size_t commits) {
  State state;
  {
    const auto journal = Must(OpenJournal(path + ".now"));
    state = Must(journal->Load());
    const auto life = Life();
    for (size_t i = 0; i < commits; ++i) {
      Must(journal->Commit(state, life[i].after, life[i].history));
      state = life[i].after;
    }
  }
  REQUIRE(state.stranded.empty());
  WriteVersion1(path + ".now", path);
  return Durable(state);
}

int64_t VersionOf(const std::string& path) {
  return Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE))->Number("PRAGMA user_version");
}

}  // namespace

TEST_CASE("a journal of version 1 is brought up to date with all that it holds, whatever was going on") {
  for (const size_t commits : {0UL, 17UL, 20UL, 22UL, 24UL}) {
    CAPTURE(commits);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    const State state = Version1(path, commits);
    REQUIRE(VersionOf(path) == 1);
    for (int opening = 1; opening <= 2; ++opening) {
      auto opened = Must(OpenOrReplaceJournal(path));
      CHECK(opened.trouble == "");
      CHECK((Must(opened.journal->Load()) == state));
    }
    CHECK(VersionOf(path) == kSchemaVersion);
    const auto journal = Must(OpenJournal(path));
    State after = state;
    after.boot_id = "later";
    if (after.current) after.current->steps[0].reboots = 2;
    Must(journal->Commit(state, after, {}));
    CHECK((Must(journal->Load()) == after));
    CHECK(Must(Must(OpenHistory(path))->Executions({.limit = 100})).size() ==
          Must(Must(OpenHistory(path + ".now"))->Executions({.limit = 100})).size());
  }
}

TEST_CASE("damage in a journal of version 1 does not become right by its migration") {
  for (const char* damage :
       {"UPDATE current SET version = version + 1", "UPDATE step SET attempts = 7",
        "UPDATE meta SET next_task = 99", "UPDATE document SET text = 'x'", "DELETE FROM meta"}) {
    CAPTURE(damage);
    TempFolder folder;
    const std::string path = folder / "journal.db";
    Version1(path, 21);
    REQUIRE(Must(Connection::Open(path, path, SQLITE_OPEN_READWRITE))->Execute(damage));
    const auto refused = OpenJournal(path);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::kCorrupt);
    CHECK(VersionOf(path) == 1);
    const auto opened = Must(OpenOrReplaceJournal(path));
    CHECK(opened.state_lost);
    CHECK(VersionOf(path + ".failed-1") == 1);
  }
}

TEST_CASE("the reader says that a journal of version 1 waits for the daemon") {
  TempFolder folder;
  Version1(folder / "journal.db", 5);
  const auto reader = OpenHistory(folder / "journal.db");
  REQUIRE(!reader);
  CHECK(reader.error().kind == ErrorKind::kInvalid);
  CHECK(reader.error().message.find("older Kedge (schema 1); kedged brings it up to date") !=
        std::string::npos);
}

}  // namespace kedge::store
