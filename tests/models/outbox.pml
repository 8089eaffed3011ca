/* The outbox: one row, the update that the service has not answered yet. Is a final status always answered, never lost,
   never sent for ever? One execution from acceptance to its end; what runs and is undone in between is the matter of the
   other two models. The words of agent/core/EXECUTION.md; inlines are named as in agent/core/decide_service.cc.

   Misfortune (a request or an answer lost, a link that goes down, a crash, InternalError, a deadline that comes too
   early) strikes TROUBLE times and then no more: "if the service answers eventually". Another client changes the
   execution's version as often as it likes, for ever. */

#ifndef TROUBLE
#define TROUBLE 2
#endif
#ifndef PROGRESS
#define PROGRESS 2
#endif
#define MAX_MISMATCHES 5  /* kMaxMismatches */
#define REPORTS 3         /* policy: report_attempts */
#define WRAP 4            /* versions are counted modulo this: another client's updates have no end */
#define NO_VERSION WRAP

mtype = { QUEUED, IN_PROGRESS, SUCCEEDED, FAILED, CANCELED };
mtype = { accepting, running, finishing, reporting, closed };
mtype = { no_answer, accepted, version_mismatch, invalid_transition, invalid_request, internal_error };
mtype = { likes_all, dislikes_details, dislikes_final };

/* --- The service */
mtype status = QUEUED;
byte version = 1;
mtype taste;
bool foreign = false;        /* another client started it, so the details that are stored are not ours */
mtype first_final = QUEUED;  /* ghost: the first final status that it took from the device */
/* --- On the way: the attempt that waits, an older one that is late, and the answer to the first */
bool req = false;   mtype req_status = QUEUED;   byte req_version = 0;  bool req_bare = false;
bool late = false;  mtype late_status = QUEUED;  byte late_version = 0; bool late_bare = false;
mtype answer = no_answer;  mtype truth = QUEUED;  byte truth_version = 0;
/* --- The device: durable */
mtype phase = accepting;
bool row = true;  mtype want = IN_PROGRESS;  bool bare = false;
byte attempts = 0, mismatches = 0, expected = 0;  /* attempts: 2 is more than once */
byte known_version = 1;
mtype closed_as = QUEUED;
byte reports = 0;
bool not_ours = false;
/* --- The device: volatile */
bool link_up = true, token = false;
bool due = true;            /* the row is to be sent now */
/* --- Counted for the properties */
byte trouble = 0, progress = 0, bare_resends = 0;
bool changed = false;        /* the version, since it was last told to the device */
#ifdef BROKEN_PROGRESS_PILES_UP
byte unsent = 0;
#endif

#define TERMINAL(s) (s == SUCCEEDED || s == FAILED || s == CANCELED)
#define OFFERED_AGAIN (phase == closed && status == IN_PROGRESS && !not_ours && reports < REPORTS)
#define AT_REST (phase == closed && !OFFERED_AGAIN)

/* Nothing lost: whatever happens, there is an end, and it is the one that both know (asserted in Close). */
ltl answered { <> AT_REST }

/* --- The service ------------------------------------------------------------------------------------------------ */

inline Serve(s, v, b, heard) {
  if
  :: (taste == dislikes_details && !b && s != IN_PROGRESS) || (taste == dislikes_final && s != IN_PROGRESS) ->
seen_invalid: assert(true); Answer(invalid_request, heard)
  :: !((taste == dislikes_details && !b && s != IN_PROGRESS) || (taste == dislikes_final && s != IN_PROGRESS)) ->
     if
     :: TERMINAL(status) ->
seen_over: assert(true); Answer(invalid_transition, heard)
     :: !TERMINAL(status) && v != version && v != NO_VERSION ->
seen_mismatch: assert(true); Answer(version_mismatch, heard)
     :: !TERMINAL(status) && (v == version || v == NO_VERSION) ->
        status = s; version = (version + 1) % WRAP; changed = true;
        printf("service: stores %e\n", s);
        if
        :: TERMINAL(s) -> assert(first_final == QUEUED); first_final = s
        :: else
        fi;
        Answer(accepted, heard)
     :: trouble < TROUBLE -> trouble++;
seen_trouble: assert(true); Answer(internal_error, heard)
     fi
  fi
}

inline Answer(code, heard) {
  if
  :: heard ->
     /* One resend for each change: a version that was adopted is not stale again by itself. */
     assert(code != version_mismatch || mismatches == 0 || changed);
     changed = (code == version_mismatch -> false : changed);
     answer = code; truth = status; truth_version = version; printf("service: answers %e (%e)\n", code, status)
  :: heard && trouble < TROUBLE -> trouble++; printf("service: %e (answer lost)\n", code)
  :: !heard
  fi
}

active proctype Service() {
  if
  :: taste = likes_all
  :: taste = dislikes_details
  :: taste = dislikes_final
  fi;
end:
  do
  :: atomic { req && answer == no_answer -> req = false; Serve(req_status, req_version, req_bare, true);
       req_status = QUEUED; req_version = 0; req_bare = false }
  /* QoS 1 delivers it twice, and the answer to the first is lost. */
  :: atomic { req && answer == no_answer && trouble < TROUBLE -> trouble++;
seen_twice: assert(true); printf("broker: twice\n"); Serve(req_status, req_version, req_bare, false) }
  :: atomic { late -> late = false; printf("broker: late\n"); Serve(late_status, late_version, late_bare, false);
       late_status = QUEUED; late_version = 0; late_bare = false }
  :: atomic { req && trouble < TROUBLE -> trouble++; req = false; req_status = QUEUED; req_version = 0; req_bare = false; printf("broker: request lost\n") }
  od
}

#ifdef GAP_CHANGED_AT_ONCE
#define MAY_CHANGE true
#else
#define MAY_CHANGE (phase != accepting)
#endif
active proctype Others() {
end:
  do
  :: atomic { status == IN_PROGRESS && MAY_CHANGE && phase != closed -> version = (version + 1) % WRAP; changed = true; printf("another client: updates\n") }
  :: atomic { status == QUEUED && trouble < TROUBLE -> trouble++; status = IN_PROGRESS; version = (version + 1) % WRAP; foreign = true;
       printf("another client: starts it\n") }
  :: atomic { status == IN_PROGRESS && trouble < TROUBLE -> trouble++; status = CANCELED; printf("operator: forced cancel\n") }
  od
}

/* --- The device ------------------------------------------------------------------------------------------------- */

/* The attempt is given up: what is on the way may still arrive, too late. */
inline ForgetAttempt() {
  if
  :: req -> late = true; late_status = req_status; late_version = req_version; late_bare = req_bare;
     req = false; req_status = QUEUED; req_version = 0; req_bare = false
  :: else
  fi;
  changed = changed || answer != no_answer;  /* told, but not heard */
  token = false; answer = no_answer; truth = QUEUED; truth_version = 0
}
inline DropRow() { row = false; due = false; want = IN_PROGRESS; bare = false; attempts = 0; mismatches = 0; expected = 0; bare_resends = 0; ForgetAttempt() }
inline Queue(s) { DropRow(); row = true; want = s; due = true }

#ifdef BROKEN_VERSION_FOR_EVER
#define WITH_VERSION true
#else
#define WITH_VERSION (mismatches < MAX_MISMATCHES)
#endif
inline SendUpdateNow() {
  ForgetAttempt();
  due = false; token = true; expected = known_version; attempts = (attempts < 2 -> attempts + 1 : 2);
  req = true; req_status = want; req_bare = bare; req_version = (WITH_VERSION -> expected : NO_VERSION);
  printf("device: sends %e expecting version %d, attempt %d, mismatches %d, bare %d\n", want, req_version, attempts, mismatches, bare)
}

inline Close(s) {
  printf("device: closed as %e; the service has %e\n", s, status);
  assert(s != IN_PROGRESS || foreign);                  /* only another client's is left to another client */
  assert(TERMINAL(status) || s == IN_PROGRESS || taste == dislikes_final);  /* refused for ever: nothing better to do */
  assert(s == status || s == IN_PROGRESS || taste == dislikes_final);
  closed_as = s;
  DropRow(); phase = closed
}

inline Turn(p, s) { phase = p; Queue(s) }

/* The kinds of answer after which the row stays. */
#define OVER (answer == invalid_transition && TERMINAL(truth))
#ifdef BROKEN_BARE_FOR_EVER
#define BARE (answer == invalid_request)
#else
#define BARE (answer == invalid_request && !bare)
#endif
#ifdef BROKEN_TROUBLE_IS_PERMANENT
#define AGAIN false
#define PERMANENT ((answer == invalid_request && !BARE) || answer == internal_error)
#else
#define AGAIN (answer == internal_error)
#define PERMANENT (answer == invalid_request && !BARE)
#endif
#define RESENDS (AGAIN || BARE || (answer == version_mismatch && !TERMINAL(truth)))

inline Resend() {
  if
  :: AGAIN ->
seen_again: assert(true); ForgetAttempt(); due = true
  :: BARE ->
seen_bare: assert(true); bare = true; bare_resends++; assert(bare_resends <= 1); SendUpdateNow()
  :: answer == version_mismatch ->
seen_adopt: assert(true); mismatches = (mismatches < MAX_MISMATCHES -> mismatches + 1 : MAX_MISMATCHES);
#ifndef BROKEN_VERSION_NOT_ADOPTED
     known_version = truth_version;
#endif
     answer = no_answer;
     SendUpdateNow()
  fi
}

/* An answer that says IN_PROGRESS to IN_PROGRESS: ours if it was sent before, or if the details are our own. */
#if defined(BROKEN_LOST_ACCEPTANCE_NOT_SEEN)
#define OURS false
#elif defined(BROKEN_DOUBLED_START)
#define OURS (attempts > 1 && truth_version == (expected + 1) % WRAP)
#else
#define OURS ((attempts > 1 || !foreign) && truth_version == (expected + 1) % WRAP)
#endif

inline OnAnswer() {
  printf("device: hears %e (%e, version %d) while %e\n", answer, truth, truth_version, phase);
  if
  :: phase == accepting ->
     if
     :: answer == accepted -> known_version = (expected + 1) % WRAP; DropRow(); phase = running
     :: answer == version_mismatch && truth == IN_PROGRESS && OURS ->
seen_lost_acceptance: assert(true);
#ifdef GAP_ANOTHER_STARTS
        assert(!foreign);
#endif
        known_version = truth_version; DropRow(); phase = running
     :: answer == version_mismatch && truth == IN_PROGRESS && !OURS ->
seen_not_ours: assert(true); not_ours = true; Close(IN_PROGRESS)
     :: RESENDS && !(answer == version_mismatch && truth == IN_PROGRESS) -> Resend()
     :: OVER -> Turn(reporting, FAILED)
     :: PERMANENT -> Close(QUEUED)
     fi
  :: phase == running ->
     if
     :: answer == accepted -> known_version = (expected + 1) % WRAP; DropRow()
     :: OVER -> Turn(reporting, FAILED)
     :: !OVER && answer != accepted ->
        known_version = (answer == version_mismatch -> truth_version : known_version); DropRow()
     fi
  :: phase == finishing ->
     if
     :: answer == accepted -> Close(SUCCEEDED)
     :: RESENDS -> Resend()
     :: OVER && truth == SUCCEEDED ->
seen_already_there: assert(true); Close(SUCCEEDED)
     :: (OVER && truth != SUCCEEDED) || PERMANENT -> Turn(reporting, FAILED)  /* undone first */
     fi
  :: phase == reporting ->
     if
     :: answer == accepted -> Close(want)
     :: RESENDS -> Resend()
     :: OVER ->
seen_refusal_tells: assert(true); Close(truth)
     :: PERMANENT ->
seen_permanent: assert(true); Close(want)
     fi
  fi
}

inline OnLinkDown() {
  link_up = false;
  if
  :: phase == running -> DropRow()
  :: else -> ForgetAttempt(); due = row
  fi
}

active proctype Device() {
end:
  do
  :: atomic { row && due && link_up -> SendUpdateNow() }
  :: atomic { token && answer != no_answer -> OnAnswer() }
  /* No answer in time: either nothing will come, or the deadline is too early. */
  :: atomic { token && !req && answer == no_answer && (phase != running) ->
#ifdef BROKEN_DROPPED_ON_TIMEOUT
       Close(want) }
#else
seen_timeout: assert(true); ForgetAttempt(); due = true }
#endif
  :: atomic { token && (req || answer != no_answer) && trouble < TROUBLE && phase != running -> trouble++; ForgetAttempt(); due = true }
  :: atomic { token && !req && answer == no_answer && phase == running -> DropRow() }

  /* Running: a report now and then, if none waits; then the end. */
#ifdef BROKEN_PROGRESS_PILES_UP
  :: atomic { phase == running && progress < PROGRESS -> progress++; unsent = unsent + (row || !link_up -> 1 : 0); assert(unsent <= 1);
       if
       :: !row && link_up -> Queue(IN_PROGRESS)
       :: else
       fi }
#else
  :: atomic { phase == running && !row && link_up && progress < PROGRESS -> progress++; Queue(IN_PROGRESS); SendUpdateNow() }
#endif
  :: atomic { phase == running -> Turn(finishing, SUCCEEDED) }
  :: atomic { phase == running -> Turn(reporting, FAILED) }

  :: atomic { link_up && trouble < TROUBLE && phase != closed -> trouble++; printf("link: down\n"); OnLinkDown() }
  :: atomic { !link_up -> link_up = true; printf("link: up\n"); due = row }
  :: atomic { trouble < TROUBLE && phase != closed -> trouble++; printf("device: crash while %e\n", phase);
       ForgetAttempt();
       if
       :: phase == running -> Turn(reporting, FAILED)  /* undone first */
#ifdef BROKEN_RESTART_FORGETS
       :: else -> Close(want)
#else
       :: else -> due = row
#endif
       fi }

  /* ReportAgain: the service still offers what is closed here. */
  :: atomic { OFFERED_AGAIN && closed_as != QUEUED ->
seen_report_again: assert(true); reports++; known_version = version; Turn(reporting, (closed_as == SUCCEEDED -> SUCCEEDED : FAILED)) }
  od
}
