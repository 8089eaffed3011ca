/* Stop, roll back, verify; crash, reboot, try again: does it always end, in the right order, with nothing running on?
   Two steps and their checks, the words of agent/core/EXECUTION.md and the names of agent/core/decide_*.cc. What is
   left out and what is relied upon: README.md.

   A task is a tree of processes: the one that was started, and what it left running. Checks, steps, rollbacks and
   verifications end well, fail, want a reboot (status 194), hang, and may bring the device down each time they run. */

#ifndef CRASHES
#define CRASHES 1        /* crashes of the agent alone, power cuts, and terminations by the service manager */
#endif
#define STEPS 2
#define STEP_ATTEMPTS 2  /* policy: step_attempts is 3 */
#define REBOOT_LIMIT 2   /* policy: reboot_limit is 3 */
#define UNDO_ATTEMPTS 3
#define RETRIES 1        /* `kedge rollback --retry` */

mtype = { checking, running, rebooting, stopping, rolling_back, finishing, reporting };
mtype = { waiting, started, done, failed, undone };
mtype = { no_task, check_task, run_task, verify_task, reboot_task, rollback_task, verify_undone_task };
mtype = { not_ended, ok, bad, wants_reboot, timed_out, stopped, interrupted };
mtype = { on_rollback, on_retry, on_done };
mtype = { none, part, all };
mtype = { no_verdict, safe, unknown, unsafe };

/* --- In the journal */
mtype phase = checking;
mtype step_phase[STEPS] = waiting;
byte attempts[STEPS], reboots[STEPS];  /* attempts: while checking, interrupted checks */
mtype task = no_task;
byte cursor = 0;
bool called_off = false;
byte undo_next = 0, undo_failures = 0;
mtype verdict = no_verdict;
bool no_way_back = false;
bool quarantined = false;
bool distrusted = false;      /* in quarantine for the journal's sake: quarantine.by is empty */
/* --- The document */
#ifdef EACH_STEP_ITS_OWN
mtype on_interrupt[STEPS];
bool way_back[STEPS];
#define ON_INTERRUPT(i) on_interrupt[i]
#define WAY_BACK(i) way_back[i]
#define DOCUMENTS STEPS
#else
mtype on_interrupt;
bool way_back;
#define ON_INTERRUPT(i) on_interrupt
#define WAY_BACK(i) way_back
#define DOCUMENTS 1
#endif
/* --- Volatile */
bool up = true;               /* the agent */
bool new_boot = false;        /* the boot id is not the one in the journal */
bool to_start = false;        /* the task is in the journal, its process not yet made: only a crash comes between */
bool begun = false;           /* this life of the agent waits for the end of the task */
mtype ending = not_ended;
bool killing = false, patient = false;  /* patient: an uninterruptible step is given its time */
bool undo_due = false, reboot_due = false, shutting_down = false;
/* --- What there is */
bool main = false, offspring = false;   /* processes of a forward task */
bool undoing = false, undoing_offspring = false;
mtype effects[STEPS] = none;
bool reboot_asked = false;
byte crashes = 0, retries = 0;
bool lost = false, cancelled = false;
bool turned_back = false;     /* ghost */
bool by_shutdown = false;     /* ghost: the last undo task ended because the agent did */
byte i = 0;                   /* to count with */
bool undo_starts = false, undo_goes_on = false;  /* at the end of the same transition: see Settle */

#define ALIVE (main || offspring || undoing || undoing_offspring)
#define BEGAN(i) (step_phase[i] == started || step_phase[i] == done || step_phase[i] == failed)
#define AT_REST (phase == finishing || phase == reporting)
#define UNDONE(i) (effects[i] == none || !WAY_BACK(i))

/* It comes to rest, and again after another attempt to undo. */
ltl ends { <> [] (AT_REST) }

/* --- Starting --------------------------------------------------------------------------------------------------- */

inline StartTask(t) { by_shutdown = false; task = t; to_start = true; begun = true; ending = not_ended; killing = false; patient = false }

inline Launch() {
  to_start = false;
  if
  :: task == check_task || task == run_task || task == verify_task || task == reboot_task ->
     printf("agent: starts %e of step %d\n", task, cursor + 1);
     assert(!turned_back);   /* I2: nothing goes forward once it was called off */
     assert(!ALIVE);
     assert(task != run_task || cursor == 0 || step_phase[0] == done);
     main = true
  :: task == rollback_task || task == verify_undone_task ->
     printf("agent: starts %e of step %d\n", task, cursor + 1);
     assert(!ALIVE);         /* nothing of the step is alive when undo starts */
     assert(cursor == STEPS - 1 || !BEGAN(STEPS - 1));  /* newest first; never beneath one that is still there */
     undoing = true
  fi
}

inline OnTaskEndedChecking() {
  task = no_task;
  if
  :: ending == ok && cursor + 1 < STEPS -> cursor++; StartTask(check_task)
  :: ending == ok && cursor + 1 == STEPS -> Accept(); RunStep()
  :: ending == interrupted ->
#ifndef BROKEN_CHECKS_NOT_COUNTED
     attempts[cursor]++;
#endif
     if
     :: called_off -> CallOff()
     :: !called_off && attempts[cursor] >= STEP_ATTEMPTS ->
seen_check_limit: assert(true); CallOff()
     :: else ->
seen_checked_again: assert(true); StartTask(check_task)
     fi
  :: ending == bad || ending == timed_out || ending == stopped ->
seen_refused: assert(true); CallOff()
  fi
}

/* And IN_PROGRESS is accepted. What the document says is chosen only here, where it begins to matter. */
inline Accept() {
  phase = running; cursor = 0; attempts[0] = 0; attempts[1] = 0;
  i = 0;
  do
  :: i < DOCUMENTS ->
     if
     :: ON_INTERRUPT(i) = on_rollback
     :: ON_INTERRUPT(i) = on_retry
     :: ON_INTERRUPT(i) = on_done
     fi;
     if
     :: WAY_BACK(i) = true
     :: WAY_BACK(i) = false
     fi;
     i++
  :: else -> break
  od;
  i = 0
}

inline RunStep() {
  step_phase[cursor] = started; attempts[cursor]++;
  assert(attempts[cursor] <= STEP_ATTEMPTS + REBOOT_LIMIT);
  StartTask(run_task)
}

inline StepDone() {
  step_phase[cursor] = done;
  if
  :: called_off -> CallOff()
  :: !called_off && cursor + 1 < STEPS -> cursor++; RunStep()
  :: !called_off && cursor + 1 == STEPS ->
seen_finishing: assert(true); phase = finishing; task = no_task; printf("agent: every step is done\n"); assert(!ALIVE)
  fi
}

inline StepFailed() { step_phase[cursor] = failed; CallOff() }

inline StepInterrupted() {
  if
  :: called_off -> CallOff()
  :: !called_off && ON_INTERRUPT(cursor) == on_retry && attempts[cursor] - reboots[cursor] < STEP_ATTEMPTS ->
seen_retry: assert(true);
#ifdef BROKEN_ATTEMPTS_NOT_COUNTED
     attempts[cursor]--;
#endif
     RunStep()
  :: !called_off && ON_INTERRUPT(cursor) == on_done && step_phase[cursor] == started ->
seen_counts_as_done: assert(true); StepDone()
  :: else -> CallOff()
  fi
}

inline AskForReboot() { reboots[cursor]++; assert(reboots[cursor] <= REBOOT_LIMIT); reboot_due = false; StartTask(reboot_task) }

inline WantReboot() {
  if
  :: called_off -> CallOff()
  :: !called_off && reboots[cursor] >= REBOOT_LIMIT ->
seen_reboot_limit: assert(true); StepFailed()
  :: else -> phase = rebooting; AskForReboot();
#ifdef BROKEN_REBOOTS_NOT_COUNTED
     reboots[cursor]--; attempts[cursor]--
#endif
  fi
}

/* --- Turning back ----------------------------------------------------------------------------------------------- */

/* Called with the task already taken note of (task == no_task) or still running. */
inline CallOff() {
  turned_back = true; called_off = false; reboot_due = false;
  printf("agent: called off while %e, task %e\n", phase, task);
  if
  :: task == no_task -> undo_starts = true
#ifdef BROKEN_ROLLBACK_BEFORE_KILL
  :: task != no_task -> killing = true; undo_starts = true
#else
  :: task != no_task ->
     phase = stopping;
     if
     :: killing = true
     :: task == run_task -> patient = true  /* interruptible: false */
     fi
#endif
  fi
}

inline StartUndo() {
  phase = rolling_back; undo_next = 0;
  /* Never asked for again. */
  attempts[0] = 0; attempts[1] = 0; reboots[0] = 0; reboots[1] = 0; lost = true; cancelled = true;
  i = 0;
  do
  :: i < DOCUMENTS -> ON_INTERRUPT(i) = on_rollback; i++
  :: else -> i = 0; break
  od;
#ifdef BROKEN_OLDEST_FIRST
  cursor = 0;
#else
  cursor = STEPS - 1;
#endif
  undo_goes_on = true
}

#ifdef BROKEN_OLDEST_FIRST
#define LAST_TO_UNDO (STEPS - 1)
#define STEP_BACK cursor++
#else
#define LAST_TO_UNDO 0
#define STEP_BACK cursor--
#endif

inline NextUndo() {
  task = no_task; undo_due = false; begun = false; killing = false;
  do
  :: BEGAN(cursor) && WAY_BACK(cursor) && undo_next == 0 -> StartTask(rollback_task); break
  :: BEGAN(cursor) && WAY_BACK(cursor) && undo_next == 1 -> StartTask(verify_undone_task); break
  :: !(BEGAN(cursor) && WAY_BACK(cursor) && undo_next < 2) ->
     if
     :: BEGAN(cursor) && !WAY_BACK(cursor) -> no_way_back = true; step_phase[cursor] = undone
     :: BEGAN(cursor) && WAY_BACK(cursor) -> step_phase[cursor] = undone
     :: else
     fi;
     undo_next = 0;
     if
     :: cursor == LAST_TO_UNDO ->
        if
        :: no_way_back ->
seen_unknown: assert(true); Decide(unknown)
        :: else ->
seen_safe: assert(true); Decide(safe)
        fi;
        break
     :: else -> STEP_BACK
     fi
  od
}

/* What CallOff and others end with, written out once: spin copies an inline to each place that names it. */
inline Settle() {
  if
  :: undo_starts -> undo_starts = false; StartUndo()
  :: else
  fi;
  if
  :: undo_goes_on -> undo_goes_on = false; NextUndo()
  :: else
  fi
}

inline Decide(v) {
  verdict = v; phase = reporting; task = no_task; begun = false; undo_due = false;
  printf("agent: verdict %e\n", verdict);
  assert(!ALIVE);
  assert(verdict != safe || (effects[0] == none && effects[1] == none));
  assert(verdict != unknown || (UNDONE(0) && UNDONE(1)));
  if
  :: v == unsafe -> quarantined = true
  :: v != unsafe && !distrusted -> quarantined = false  /* CloseRetried */
  :: else
  fi;
#ifdef BROKEN_RETRY_LIFTS_ANYHOW
  quarantined = (retries == 0 -> quarantined : false);
#endif
  assert(quarantined || (UNDONE(0) && UNDONE(1)));  /* a device that is free is as it was before */
  assert(quarantined || !distrusted)
}

/* Closed, stranded, and the operator has it tried again. */
inline OnRollbackRequested() {
  retries++; verdict = no_verdict; undo_failures = 0;
  printf("operator: another attempt to undo\n");
  undo_starts = true
}

inline UndoTaskFailed() {
  assert(!by_shutdown);  /* that says nothing against the undo */
#ifdef BROKEN_INTERRUPTED_UNDO_NOT_COUNTED
  if
  :: ending != interrupted -> undo_failures++
  :: else
  fi;
#else
  undo_failures++;
#endif
  task = no_task; begun = false; killing = false;
  if
  :: undo_failures >= UNDO_ATTEMPTS ->
seen_unsafe: assert(true); Decide(unsafe)
  :: else ->
seen_undo_again: assert(true); undo_next = 0; undo_due = true; printf("agent: the undo failed (%e), again later\n", ending)
  fi
}

/* --- TaskEnded, phase by phase ---------------------------------------------------------------------------------- */

inline OnTaskEndedRunning() {
  if
  :: task == run_task ->
     task = no_task;
     if
     :: ending == interrupted -> StepInterrupted()
     :: ending == wants_reboot ->
seen_194: assert(true); WantReboot()
     :: ending == ok -> StartTask(verify_task)
     :: ending == bad || ending == timed_out || ending == stopped -> StepFailed()
     fi
  :: task == verify_task ->
     task = no_task;
     if
     :: ending == interrupted ->
seen_verify_interrupted: assert(true); StepInterrupted()
     :: ending == ok -> StepDone()
     :: ending == bad || ending == timed_out || ending == stopped -> StepFailed()
     fi
  fi
}

inline OnTaskEndedRebooting() {
  task = no_task; begun = false;
  if
  :: ending == ok -> reboot_due = true
  :: ending == bad || ending == timed_out || ending == stopped ->
seen_cannot_reboot: assert(true); phase = running; StepFailed()
  :: ending == interrupted ->
     if
     :: called_off -> CallOff()
     :: !called_off && reboots[cursor] >= REBOOT_LIMIT -> phase = running; StepFailed()
     :: else ->
seen_asked_again: assert(true); AskForReboot()
     fi
  fi
}

inline OnTaskEndedStopping() {
  if
  :: task == run_task -> step_phase[cursor] = failed
  :: else
  fi;
  task = no_task;
seen_stopped: assert(true); undo_starts = true
}

inline OnTaskEndedRollingBack() {
  if
  :: ending == ok -> undo_next++; undo_goes_on = true
  :: else -> UndoTaskFailed()
  fi
}

inline TaskEnded() {
  printf("agent: %e of step %d ended: %e\n", task, cursor + 1, ending);
  killing = false; patient = false;
  if
  :: shutting_down ->
     if
     :: phase == rolling_back ->
seen_shutdown_in_undo: assert(true); by_shutdown = true;
#ifndef BROKEN_SHUTDOWN_IS_A_FAILED_UNDO
        undo_next = (ending == ok -> undo_next + 1 : 0); task = no_task
#endif
     :: else      /* the journal keeps the task as running */
     fi;
     GoDown()
  :: !shutting_down && phase == checking -> OnTaskEndedChecking()
  :: !shutting_down && phase == running -> OnTaskEndedRunning()
  :: !shutting_down && phase == rebooting -> OnTaskEndedRebooting()
  :: !shutting_down && phase == stopping -> OnTaskEndedStopping()
  :: !shutting_down && phase == rolling_back -> OnTaskEndedRollingBack()
  fi;
  if
  :: !begun || !to_start -> ending = not_ended
  :: else
  fi
}

/* --- Down and up again ------------------------------------------------------------------------------------------ */

inline GoDown() {
  up = false; to_start = false; begun = false; ending = not_ended; killing = false; patient = false;
  undo_due = false; reboot_due = false; shutting_down = false
}
inline PowerCut() { GoDown(); new_boot = true; main = false; offspring = false; undoing = false; undoing_offspring = false; reboot_asked = false }

inline OnRestartedInTask() {
  begun = true; ending = interrupted;
#ifdef BROKEN_FORGETS_LEFTOVERS
  skip
#else
  killing = true
#endif
}

#define FORWARD (phase == checking || phase == running || phase == rebooting)

/* From here on nothing goes forward (I2 in Launch), and nothing but the operator or a repair lifts the quarantine. */
inline Distrust() {
  distrusted = true; quarantined = true; turned_back = true
}

inline OnRestarted() {
  up = true;
  if
  :: true
  :: !lost && FORWARD ->
seen_distrust: assert(true); lost = true; printf("agent: the journal cannot be relied upon\n"); Distrust();
#ifndef BROKEN_DISTRUST_GOES_ON
     called_off = true
#endif
  fi;
  printf("agent: restarted while %e, task %e, new boot %d\n", phase, task, new_boot);
  if
  :: phase == rebooting && !new_boot && task != no_task -> OnRestartedInTask()
  :: phase == rebooting && !(!new_boot && task != no_task) ->
     task = (new_boot -> no_task : task);
     if
     :: called_off -> CallOff()
     :: !called_off && new_boot ->
seen_rebooted: assert(true); phase = running; RunStep()
     :: !called_off && !new_boot && reboots[cursor] >= REBOOT_LIMIT -> phase = running; StepFailed()
     :: !called_off && !new_boot && reboots[cursor] < REBOOT_LIMIT -> AskForReboot()
     fi
  :: phase == rolling_back && task == no_task -> undo_goes_on = true
  :: phase != rebooting && task != no_task ->
seen_leftovers: assert(true); OnRestartedInTask()
  :: AT_REST
  fi;
  new_boot = false
}

/* --- The agent, with its room process/ -------------------------------------------------------------------------- */

active proctype Agent() {
  atomic { StartTask(check_task) };
end:
  do
  :: atomic { up && to_start -> Launch() }
  /* process/: the whole tree, whatever ended it; only when nothing is left does the task count as over. */
  :: atomic { up && begun && !to_start && killing && (main || undoing) ->
       main = false; undoing = false; ending = (ending == not_ended -> stopped : ending) }
#ifdef BROKEN_KILLS_THE_FIRST_ONLY
#define GONE (!main && !undoing)
#elif defined(BROKEN_FORGETS_LEFTOVERS)
#define GONE ((!main && !offspring && !undoing && !undoing_offspring) || ending == interrupted)
#else
  :: atomic { up && begun && !to_start && !main && !undoing && (offspring || undoing_offspring) ->
seen_offspring: assert(true); offspring = false; undoing_offspring = false }
#define GONE (!main && !offspring && !undoing && !undoing_offspring)
#endif
  /* Limits, all of them deadlines of the boot clock. */
  :: atomic { up && begun && !to_start && !killing && !patient && (main || undoing) ->
seen_limit: assert(true); killing = true; ending = timed_out }
  :: atomic { up && patient && main ->
seen_patience: assert(true); patient = false; killing = true }
  /* Events of core/. */
  :: atomic {
       if
       :: up && begun && !to_start && ending != not_ended && GONE -> TaskEnded()
       :: up && undo_due && phase == rolling_back && task == no_task -> undo_goes_on = true
       :: up && reboot_due && phase == rebooting && task == no_task ->
seen_no_reboot: assert(true); printf("agent: the device did not reboot\n"); phase = running; StepFailed()
       :: up && phase == reporting && verdict == unsafe && retries < RETRIES ->
seen_another_attempt: assert(true); OnRollbackRequested()
       :: !up -> OnRestarted()
       fi;
       Settle() }
  od
}

/* --- What runs -------------------------------------------------------------------------------------------------- */

active proctype Task() {
end:
  do
  :: atomic { main && task == run_task && effects[cursor] == none -> effects[cursor] = part }
  :: atomic { main && task == run_task && effects[cursor] == part -> effects[cursor] = all }
  :: atomic { main && task == run_task && !offspring -> offspring = true }          /* a daemon of its own */
  :: atomic { main && (task != run_task || effects[cursor] == all) && ending == not_ended -> main = false; ending = (up && begun -> ok : not_ended);
       if
       :: task == reboot_task -> reboot_asked = true
       :: else
       fi }
  :: atomic { main && ending == not_ended -> main = false; ending = (up && begun -> bad : not_ended) }
  :: atomic { main && task == run_task && ending == not_ended -> main = false; ending = (up && begun -> wants_reboot : not_ended) }
  :: atomic { undoing && task == rollback_task && effects[cursor] == all -> effects[cursor] = part }
  :: atomic { undoing && task == rollback_task && effects[cursor] == part -> effects[cursor] = none }
  :: atomic { undoing && !undoing_offspring -> undoing_offspring = true }
  /* A rollback may say that all is well when it is not; a verification looks. */
  :: atomic { undoing && (task == rollback_task || effects[cursor] == none) && ending == not_ended -> undoing = false; ending = (up && begun -> ok : not_ended) }
  :: atomic { undoing && ending == not_ended -> undoing = false; ending = (up && begun -> bad : not_ended) }
  od
}

/* --- What happens to it ----------------------------------------------------------------------------------------- */

active proctype World() {
endBeforeIt: to_start;
end:
  do
  :: atomic {
       if
       /* The service ends it, the operator does by force, or the journal fails. */
       :: up && !to_start && !lost && FORWARD -> lost = true;
          if
          :: printf("world: the execution is called off\n");
seen_lost: assert(true)
          :: printf("world: the journal fails\n");
seen_journal_failed: assert(true); Distrust()
          fi;
          CallOff()
       /* The operator does at the next safe point. Before the first step and between two calls that is now. */
       :: up && !to_start && !cancelled && FORWARD -> cancelled = true; printf("world: a graceful cancel\n");
          if
          :: phase != running -> CallOff()
          :: else -> called_off = true
          fi
       fi;
       Settle() }
  /* What runs brings the device down, as often as it runs. */
  :: atomic { up && (main || undoing) && task != reboot_task ->
seen_brought_down: assert(true); printf("world: what runs brings the device down\n"); PowerCut() }
  /* The reboot that was asked for comes, or does not. */
  :: atomic { reboot_asked && !AT_REST ->
seen_reboot: assert(true); printf("world: the device reboots\n"); PowerCut() }
  /* Unrelated misfortune. */
  :: atomic { up && crashes < CRASHES && !AT_REST -> crashes++; printf("world: the agent crashes\n"); GoDown() }
  :: atomic { up && crashes < CRASHES && !AT_REST -> crashes++; printf("world: the power is cut\n"); PowerCut() }
  :: atomic { up && !to_start && crashes < CRASHES && task != no_task && !shutting_down && !AT_REST -> crashes++;
seen_shutdown: assert(true); printf("world: the agent is asked to end\n"); shutting_down = true; killing = true }
  od
}
