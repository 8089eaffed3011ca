-- The journal of Kedge, schema 2. What each table means to a reader with other tools: JOURNAL.md.
--
-- This file is the one source of the schema: it is compiled into the agent, and the agent refuses a journal whose
-- tables differ from it. Rules:
--   * One transaction for each decision; between two transactions the tables agree with each other.
--   * Times (`..._wall`) are milliseconds since 1970-01-01 UTC by the device's clock, which may jump.
--   * `sum` is a checksum of the row (JOURNAL.md), for SQLite does not notice a flipped bit inside a value.
--   * A CHECK guards what the agent alone decides. Words of lists that grow (phases, kinds) are checked when they
--     are read: a new word then needs no new table.

PRAGMA application_id = 0x4B454447;  -- "KEDG"
PRAGMA user_version = 2;             -- the schema's version

-- The agent as a whole: one row, always.
CREATE TABLE meta (
  slot      INTEGER PRIMARY KEY CHECK (slot = 1),
  boot_id   TEXT    NOT NULL,                       -- of the agent's last start; '' before the first
  next_task INTEGER NOT NULL CHECK (next_task >= 1),  -- a task id is never used twice
  digest    INTEGER NOT NULL,  -- of the whole state (JOURNAL.md), while nothing is current
  sum       INTEGER NOT NULL
) STRICT;

-- Every execution this device heard of, oldest first, up to the retention limit.
CREATE TABLE execution (
  seq          INTEGER PRIMARY KEY,
  job          TEXT    NOT NULL,
  number       INTEGER NOT NULL CHECK (number >= 0),
  queued_at    INTEGER NOT NULL,
  offered_wall INTEGER NOT NULL,
  document     TEXT    NOT NULL,  -- the job document without what URLs carry after '?'
  -- How it ended; status is NULL while that is not known.
  status       TEXT CHECK (status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED', 'TIMED_OUT',
                                      'REMOVED', 'CANCELED')),
  verdict      TEXT CHECK (verdict IN ('safe', 'unknown', 'unsafe')),  -- NULL: nothing had to be undone
  text         TEXT    NOT NULL,                       -- one sentence
  reports      INTEGER NOT NULL CHECK (reports >= 0),  -- times its end was reported again
  closed_wall  INTEGER NOT NULL,                       -- 0: not closed
  sum          INTEGER NOT NULL
) STRICT;

-- The closed executions by which the agent recognises a late or doubled offer; the highest rank is the newest.
CREATE TABLE ledger (
  rank      INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution (seq),
  sum       INTEGER NOT NULL
) STRICT;

-- Slot 1: the execution that is worked on. Higher slots: those that are over and could not be undone, the highest is
-- the newest; what another attempt needs to know.
CREATE TABLE current (
  slot          INTEGER PRIMARY KEY CHECK (slot >= 1),
  execution     INTEGER NOT NULL REFERENCES execution (seq),
  offered_wall  INTEGER NOT NULL,
  accepted_wall INTEGER NOT NULL,                      -- 0: IN_PROGRESS is not accepted yet
  version       INTEGER NOT NULL CHECK (version >= 0),  -- versionNumber at the service, as last known
  phase         TEXT    NOT NULL,
  cursor        INTEGER NOT NULL CHECK (cursor >= 0),   -- the step that runs or is being undone, from 0
  called_off    INTEGER NOT NULL CHECK (called_off IN (0, 1)),
  verbs         TEXT    NOT NULL,  -- JSON: for each step a list of what its handler has beside `run`
  -- Why it turned back; NULL while it does not.
  cause_kind    TEXT,
  cause_text    TEXT,
  cause_status  TEXT CHECK (cause_status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED',
                                             'TIMED_OUT', 'REMOVED', 'CANCELED')),
  cause_details TEXT,              -- JSON: list of [key, value], the operator's statusDetails
  -- The child that runs or may run; NULL when there is none.
  task_id       INTEGER,
  task_kind     TEXT,
  task_step     INTEGER CHECK (task_step >= 0),
  task_guard    TEXT,
  -- What undoing found so far; JSON lists of texts.
  no_way_back   TEXT    NOT NULL,
  not_verified  TEXT    NOT NULL,
  differences   TEXT    NOT NULL,
  undo_next     INTEGER NOT NULL CHECK (undo_next >= 0),
  undo_failures INTEGER NOT NULL CHECK (undo_failures >= 0),
  verdict       TEXT CHECK (verdict IN ('safe', 'unknown', 'unsafe')),
  -- The outbox: the one update that the service has not answered yet; NULL when there is none. Columns and no table, for
  -- it changes with the rest of the row, and a table of its own would cost a page in every commit.
  update_status     TEXT CHECK (update_status IN ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED',
                                                  'TIMED_OUT', 'REMOVED', 'CANCELED')),
  update_bare       INTEGER CHECK (update_bare IN (0, 1)),     -- 1: sent without statusDetails
  update_attempts   INTEGER CHECK (update_attempts >= 0),      -- times sent
  update_mismatches INTEGER CHECK (update_mismatches >= 0),    -- times a version was adopted from a rejection
  update_expected   INTEGER CHECK (update_expected >= 0),      -- expectedVersion of the last attempt
  -- In slot 1: of the whole state. It is here, for this row changes with nearly every commit anyway.
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

-- The exact document of an execution in `current`: in slot 1 only where it differs from execution.document, in the
-- others always, for the history may get another text. Gone with its slot.
CREATE TABLE document (
  slot INTEGER PRIMARY KEY CHECK (slot >= 1),
  text TEXT    NOT NULL,
  sum  INTEGER NOT NULL
) STRICT;

-- The steps of the executions in `current` to which something happened.
CREATE TABLE step (
  slot         INTEGER NOT NULL CHECK (slot >= 1),
  idx          INTEGER NOT NULL CHECK (idx >= 0),       -- place in the document, from 0
  phase        TEXT    NOT NULL,
  guarded      TEXT    NOT NULL,                        -- JSON: guards whose snapshot is complete
  attempts     INTEGER NOT NULL CHECK (attempts >= 0),  -- starts of `run`
  reboots      INTEGER NOT NULL CHECK (reboots >= 0),   -- times the device was asked to reboot for it
  ending       TEXT,                                    -- JSON: how `run` ended
  out          TEXT    NOT NULL,                        -- the end of its stdout
  err          TEXT    NOT NULL,                        -- the end of its stderr
  started_wall INTEGER NOT NULL,
  ended_wall   INTEGER NOT NULL,
  sum          INTEGER NOT NULL,
  PRIMARY KEY (slot, idx)
) STRICT, WITHOUT ROWID;

-- Present: the device could not be brought back to a known state and takes no jobs.
CREATE TABLE quarantine (
  slot       INTEGER PRIMARY KEY CHECK (slot = 1),
  job        TEXT    NOT NULL,  -- the execution that left it so
  number     INTEGER NOT NULL CHECK (number >= 0),
  queued_at  INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  since_wall INTEGER NOT NULL,
  sum        INTEGER NOT NULL
) STRICT;

-- What happened, in order. Kept by execution so that a new line goes to the end of the table and costs one page.
CREATE TABLE history (
  execution INTEGER NOT NULL REFERENCES execution (seq) ON DELETE CASCADE,
  n         INTEGER NOT NULL CHECK (n >= 1),
  wall      INTEGER NOT NULL,
  kind      TEXT    NOT NULL,  -- a fixed word: offered, accepted, step-started, lost, verdict, closed, ...
  step      INTEGER CHECK (step >= 0),
  text      TEXT    NOT NULL,  -- for people
  detail    TEXT    NOT NULL,  -- JSON object, or ''
  sum       INTEGER NOT NULL,
  PRIMARY KEY (execution, n)
) STRICT, WITHOUT ROWID;
