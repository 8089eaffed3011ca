/* The commit point: is the service's acceptance of SUCCEEDED really the moment from which nothing is undone and up to
   which everything can be? One execution, one step, the words of agent/core/EXECUTION.md. README.md says what is left
   out and what is relied upon. Names of inlines are those of agent/core/decide_*.cc where they do the same.

   The network is the worst that there is: a request that was ever sent may be delivered never, later, in any order, any
   number of times, even long after the execution is closed. Of the answers to one attempt the device uses one; which
   one, and when, is open, and it may be none. */

#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef BUMPS
#define BUMPS 2           /* updates of another client of the data plane */
#endif
#define PROGRESS 2        /* progress reports that the agent sends while it runs */
#define MAX_MISMATCHES 2  /* kMaxMismatches is 5; here fewer, for the way without expectedVersion to be walked too */
#define NO_VERSION 0
#define VERSIONS 10       /* 1: queued. +1: accepted. + PROGRESS + BUMPS. +1: final. +1: cancelled. None reaches 10 */

mtype = { QUEUED, IN_PROGRESS, SUCCEEDED, FAILED, CANCELED, TIMED_OUT, DELETED };
mtype = { accepting, running, finishing, rolling_back, reporting, closed };
mtype = { none, part, all };  /* of the step's effects */
mtype = { no_answer, accepted, version_mismatch, invalid_transition, terminal_reached, not_found, invalid_request,
          internal_error };
mtype = { likes_all, dislikes_details, dislikes_success };

/* --- The service: a register with compare-and-set */
mtype status = QUEUED;
byte version = 1;
mtype taste;                 /* what it finds invalid: always the same */
bool was_succeeded = false;  /* ghost: SUCCEEDED was stored, whatever came later */
byte bumps = 0;
#ifdef WITHOUT_ATOMIC_COMPARE_AND_SET
bool checked = false;        /* compared, and not yet set */
#endif

/* --- On the way. A request is (what, expectedVersion); bit v of sent[what]: it was sent expecting version v */
#define START 0          /* IN_PROGRESS */
#define DONE 1           /* SUCCEEDED */
#define DONE_BARE 2      /* SUCCEEDED without statusDetails */
#define BACK 3           /* FAILED */
#define BACK_BARE 4      /* FAILED without statusDetails */
#define KINDS 5
short sent[KINDS];
mtype answer = no_answer;    /* the one that will be used, of those to the attempt in flight */
mtype truth = QUEUED;        /* its executionState */
byte truth_version = 0;

/* --- The device: durable */
mtype phase = accepting;
bool undo_data = true;
bool called_off = false;     /* gracefully: turn back when the step is done */
bool verdict_unknown = false;
byte known_version = 1;
/* the outbox row */
bool row = true;
byte kind = START;
bool bare = false;
byte attempts = 0;           /* 0, 1, 2: more than once */
byte mismatches = 0;
byte expected = 0;
/* --- The device: volatile */
bool token = false;          /* an attempt is in flight and its answer will be believed */
bool to_send = false;        /* decided and in the journal, not yet on the wire */
bool on_wire = false;
bool to_start = false;
bool child = false;
/* --- The device: what there is to see */
mtype effects = none;
bool undo_began = false;     /* ghost */
byte progress = 0, crashes = 0;
bool cancels = false;

#define TERMINAL(s) (s == SUCCEEDED || s == FAILED || s == CANCELED || s == TIMED_OUT)
#define IS_DONE(k) (k == DONE || k == DONE_BARE)
#define STATUS_OF(k) (k == START -> IN_PROGRESS : (IS_DONE(k) -> SUCCEEDED : FAILED))
#define WIRE_KIND (bare -> kind + 1 : kind)
#define WIRE_VERSION (mismatches < MAX_MISMATCHES -> known_version : NO_VERSION)

/* --- Invariants ------------------------------------------------------------------------------------------------- */

/* I1. Deleted: the service says nothing any more; what it said last may have been SUCCEEDED. */
#define AGREE ((status == SUCCEEDED && effects == all) || \
               (status == DELETED && (effects == none || was_succeeded)) || \
               (status != SUCCEEDED && status != DELETED && effects == none))
#define NEVER_BOTH (!(undo_began && status == SUCCEEDED))
#ifdef READING_SILENT
/* Where nobody can know, that both agree is not claimed. */
#define HOLDS ((phase != closed || AGREE || verdict_unknown) && (NEVER_BOTH || verdict_unknown))
#else
/* and nothing is ever undone that the service has as SUCCEEDED, nor accepted as SUCCEEDED once undoing has begun */
#define HOLDS ((phase != closed || AGREE) && NEVER_BOTH)
#endif
active proctype Invariant() {
end: atomic { !(HOLDS) -> printf("BROKEN: the service has %e, the effects are %e, the device is %e\n", status, effects, phase);
       assert(false) }
}

/* --- The service ------------------------------------------------------------------------------------------------ */

inline Answer(code) {
  /* Only an answer to the attempt in flight is believed; it may be lost, and a later one may overtake it. */
  if
  :: token && on_wire && k == WIRE_KIND && v == (mismatches < MAX_MISMATCHES -> expected : NO_VERSION) ->
     answer = code; truth = status; truth_version = version
  :: true -> printf("service: (answer lost)\n")
  fi
}

inline Store(k) {
  status = STATUS_OF(k);
  version++;
  if
  :: status == SUCCEEDED -> was_succeeded = true
  :: else
  fi
}

#define AT(k_, v_) :: (sent[k_] >> v_) & 1 -> k = k_; v = v_
#define ANY_VERSION(k_) AT(k_, 0) AT(k_, 1) AT(k_, 2) AT(k_, 3) AT(k_, 4) AT(k_, 5) AT(k_, 6) AT(k_, 7) AT(k_, 8) AT(k_, 9)

active proctype Service() {
  byte k, v;
  if
  :: taste = likes_all
  :: taste = dislikes_details
  :: taste = dislikes_success
  fi;
end:
  do
  :: atomic {
       if
       ANY_VERSION(START) ANY_VERSION(DONE) ANY_VERSION(DONE_BARE) ANY_VERSION(BACK) ANY_VERSION(BACK_BARE)
       fi;
       printf("service: gets %e expecting version %d; has %e, version %d\n", STATUS_OF(k), v, status, version);
       if
       :: (taste == dislikes_details && (k == DONE || k == BACK)) || (taste == dislikes_success && IS_DONE(k)) ->
seen_invalid: assert(true); Answer(invalid_request)
       :: else ->
          if
          :: status == DELETED ->
seen_deleted: assert(true); Answer(not_found)
          :: TERMINAL(status) ->
seen_over: assert(true);
#if defined(READING_SILENT) || defined(WITHOUT_EXECUTION_STATE)
             Answer(terminal_reached)
#else
             if
             :: Answer(invalid_transition)
             :: v != version && v != NO_VERSION -> Answer(version_mismatch)
             fi
#endif
          :: !TERMINAL(status) && status != DELETED && v != version && v != NO_VERSION ->
seen_mismatch: assert(true); Answer(version_mismatch)
          :: !TERMINAL(status) && status != DELETED && (v == version || v == NO_VERSION) ->
#ifdef WITHOUT_ATOMIC_COMPARE_AND_SET
             if
             :: IS_DONE(k) && !checked -> checked = true
             :: else -> Store(k); Answer(accepted)
             fi
#else
             if
             :: Store(k);
seen_accepted: assert(true); Answer(accepted)
             :: Store(k);        /* in trouble after it was stored */
                Answer(internal_error)
             :: Answer(internal_error)
             fi
#endif
          fi
       fi;
       k = 0; v = 0
     }
#ifdef WITHOUT_ATOMIC_COMPARE_AND_SET
  :: atomic { checked -> checked = false; status = SUCCEEDED; version++; was_succeeded = true;
       printf("service: and now stores SUCCEEDED\n") }
#endif
  od
}

/* The operator, the service's timers, and another client of the same thing. */
active proctype Others() {
end:
  do
  :: atomic { status == QUEUED || status == IN_PROGRESS ->
seen_cancel: assert(true); status = CANCELED;
       if
       :: version++
       :: true      /* whether the service counts its own changes is not documented */
       fi;
       printf("operator: forced cancel\n") }
  :: atomic { status == IN_PROGRESS ->
seen_timeout: assert(true); status = TIMED_OUT; printf("service: timed out\n") }
  :: atomic { status != DELETED ->
seen_delete: assert(true); status = DELETED; printf("operator: forced delete\n") }
  :: atomic { status == IN_PROGRESS && bumps < BUMPS ->
seen_bump: assert(true); version++; bumps++; printf("another client: updates the details\n") }
#ifdef WITHOUT_TERMINAL_FOR_EVER
  :: atomic { status == SUCCEEDED -> status = CANCELED; printf("operator: cancels what has SUCCEEDED\n") }
#endif
  od
}

/* --- The device ------------------------------------------------------------------------------------------------- */

inline Queue(k) { row = true; kind = k; bare = false; attempts = 0; mismatches = 0; expected = 0; ForgetAttempt() }
inline ForgetAttempt() { token = false; to_send = false; on_wire = false; answer = no_answer; truth = QUEUED; truth_version = 0 }
inline DropRow() { row = false; kind = START; bare = false; attempts = 0; mismatches = 0; expected = 0; ForgetAttempt() }

inline SendUpdateNow() {
  ForgetAttempt();
  expected = known_version; token = true; to_send = true;
#ifndef BROKEN_SEND_BEFORE_JOURNAL
  attempts = (attempts < 2 -> attempts + 1 : 2)
#endif
}

/* A snapshot was made and the intent is in the journal; then the child is started. */
inline Accepted(v_) { known_version = v_; DropRow(); phase = running; to_start = true; printf("device: accepted, the step begins\n") }

inline StepDone() {
  if
  :: called_off ->
seen_graceful: assert(true); StartUndo()
  :: else ->
     phase = finishing; Queue(DONE); printf("device: the step is done, SUCCEEDED goes to the service\n");
#ifdef BROKEN_COMMIT_BEFORE_REPORT
     undo_data = false
#endif
  fi
}

/* CallOff: stop, then undo. That nothing of the step is alive then is kill_rollback_reboot.pml's matter. */
inline StartUndo() {
  child = false; to_start = false; DropRow(); called_off = false; phase = rolling_back;
  undo_began = undo_began || effects != none;
  printf("device: rolls back; the service has %e\n", status);
  assert(undo_data || effects == none)
}

inline Close() { DropRow(); phase = closed; called_off = false; printf("device: closed, effects %e; the service has %e\n", effects, status) }

#define LOST (TERMINAL(truth) && (answer == invalid_transition || answer == version_mismatch))
#define LOST_SILENTLY (answer == terminal_reached || answer == not_found)
#define ALREADY_THERE (LOST && truth == STATUS_OF(kind) && kind != START)

/* Resend(): the three kinds of answer after which the row stays. */
inline Resend() {
  if
  :: answer == internal_error ->
seen_again: assert(true); ForgetAttempt()
  :: answer == invalid_request ->
seen_bare: assert(true); bare = true; SendUpdateNow()
  :: answer == version_mismatch ->
seen_adopt: assert(true); mismatches++; known_version = truth_version; SendUpdateNow()
  fi
}
#define RESENDS (answer == internal_error || (answer == invalid_request && !bare) || (answer == version_mismatch && !TERMINAL(truth)))
#define PERMANENT (answer == invalid_request && bare)

inline OnAnswerAccepting() {
  if
  :: answer == accepted -> Accepted(expected + 1)
  :: answer == version_mismatch && truth == IN_PROGRESS ->
     if
     /* Sent before, or delivered twice: then what is stored are our own details. That it is never another client's start
        is outbox.pml's matter; here no other client starts it. */
     :: truth_version == expected + 1 ->
seen_lost_acceptance: assert(true); Accepted(truth_version)
     :: else ->
seen_not_ours: assert(true); Close()  /* left to another client */
     fi
  :: else ->
     if
     :: RESENDS && !(answer == version_mismatch && truth == IN_PROGRESS) -> Resend()
     :: LOST || LOST_SILENTLY -> StartUndo()
     :: else -> assert(PERMANENT); Close()
     fi
  fi
}

inline OnAnswerRunning() {
  if
  :: answer == accepted -> known_version = expected + 1; DropRow()
  :: LOST || LOST_SILENTLY ->
seen_lost_running: assert(true); StartUndo()
  :: else ->
     if
     :: answer == version_mismatch -> known_version = truth_version
     :: else
     fi;
     DropRow()
  fi
}

/* Over, and not a word how: did it take SUCCEEDED? Even the first and only attempt may have been delivered twice. */
#ifdef BROKEN_UNKNOWN_ONLY_IF_SENT_TWICE
#define DOUBTFUL (attempts > 1)
#else
#define DOUBTFUL true
#endif

inline OnAnswerFinishing() {
  if
  :: answer == accepted ->
seen_committed: assert(true); Close()
  :: RESENDS -> Resend()
  :: ALREADY_THERE ->
#ifdef BROKEN_LOST_ACCEPTANCE_IS_LOST
     StartUndo()
#else
seen_committed_before: assert(true); Close()
#endif
  :: (LOST && !ALREADY_THERE) || LOST_SILENTLY || PERMANENT ->
#ifdef BROKEN_KEEPS_WHEN_LOST
     Close()  /* and commits */
#else
seen_lost: assert(true); verdict_unknown = verdict_unknown || (answer == terminal_reached && DOUBTFUL);
     StartUndo()
#endif
  fi
}

inline OnAnswerReporting() {
  if
  :: RESENDS -> Resend()
  :: else ->
seen_reported: assert(true); Close()
  fi
}

active proctype Device() {
end:
  do
  /* The outbox: LinkUp, a time-out and a resend are the same here. Journal first, then the wire. */
  :: atomic { row && !to_send && phase != running && phase != rolling_back && phase != closed ->
       SendUpdateNow(); printf("device: sends %e expecting version %d, attempt %d\n", STATUS_OF(kind), WIRE_VERSION, attempts) }
  :: atomic { to_send ->
seen_sent: assert(true); sent[WIRE_KIND] = sent[WIRE_KIND] | (1 << (mismatches < MAX_MISMATCHES -> expected : NO_VERSION));
       to_send = false; on_wire = true }
#ifdef BROKEN_SEND_BEFORE_JOURNAL
  :: atomic { on_wire && token && attempts == 0 -> attempts = 1; printf("device: and now it is in the journal\n") }
#endif
  :: atomic { answer != no_answer && token ->
       printf("device: hears %e (%e, version %d) while %e\n", answer, truth, truth_version, phase);
       if
       :: phase == accepting -> OnAnswerAccepting()
       :: phase == running -> OnAnswerRunning()
       :: phase == finishing -> OnAnswerFinishing()
       :: phase == reporting -> OnAnswerReporting()
       fi }
#ifdef BROKEN_TIMEOUT_IS_LOST
  :: atomic { phase == finishing && on_wire && token -> printf("device: no answer in time\n"); StartUndo() }
#endif

  /* Progress: one attempt, never repeated. */
  :: atomic { phase == running && !row && progress < PROGRESS -> progress++; Queue(START); SendUpdateNow() }
  :: atomic { phase == running && row && !to_send ->
seen_progress_dropped: assert(true); DropRow() }

  /* The step. */
  :: atomic { to_start -> to_start = false; child = true }
  :: atomic { child && effects == none -> effects = part }
  :: atomic { child && effects == part -> effects = all }
  :: atomic { child && effects == all -> child = false; StepDone() }
  :: atomic { child ->
seen_failed: assert(true); printf("device: the step failed\n"); StartUndo() }
  /* Described: whatever raised the suspicion. What is over stays over, so a late answer is as good as a fresh one. */
  :: atomic { phase == running && (TERMINAL(status) || status == DELETED) ->
seen_described: assert(true); StartUndo() }

  /* Undo, interruptible everywhere and idempotent. */
  :: atomic { phase == rolling_back && effects == all -> effects = part }
  :: atomic { phase == rolling_back && effects == part -> effects = none }
  :: atomic { phase == rolling_back && effects == none -> phase = reporting; Queue(BACK) }

  /* DropUndo, after the close is durable. */
  :: atomic { phase == closed && undo_data -> undo_data = false }

  /* kedge cancel */
  :: atomic { !cancels && (phase == accepting || phase == running) -> cancels = true;
seen_local_cancel: assert(true); printf("device: cancelled by force on the device\n"); StartUndo() }
  :: atomic { !cancels && phase == running -> cancels = true; called_off = true }
#ifdef BROKEN_CANCEL_AFTER_SENT
  :: atomic { !cancels && phase == finishing ->
#else
  :: atomic { !cancels && phase == finishing && attempts == 0 ->
#endif
seen_cancel_unsent: assert(true); cancels = true; printf("device: cancelled on the device\n"); StartUndo() }

  /* The agent or the device goes down and starts again from the journal. */
  :: atomic { crashes < CRASHES && phase != closed -> crashes++; printf("device: crash while %e\n", phase);
       ForgetAttempt();
       if
       :: phase == running ->
seen_interrupted: assert(true); StartUndo()
       :: else
       fi }
  od
}
