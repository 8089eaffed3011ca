// The cases, and the sentence of handlers/PROTOCOL.md that each one is about.
#pragma once

#include "conform/report.h"

namespace kedge::conform {

inline constexpr Case kTrusted{"trusted",
                               "Handlers: what is executed is a regular file, it and its folders belong to "
                               "root or the agent's user, and "
                               "nobody else may write them"};
inline constexpr Case kCheck{"check", "Verbs, check: changes nothing and is quick; exit 0 is yes"};
inline constexpr Case kCheckReason{
    "check-reason", "Verbs, check: the last line on stderr is the reason that the operator reads"};
inline constexpr Case kRollbackOfNothing{"rollback-of-nothing",
                                         "Verbs, rollback: works after a run that never started, and does "
                                         "not fail because there is nothing to do"};
inline constexpr Case kVerifyBefore{"verify-before-run",
                                    "Verbs, verify: looks at the real thing, not at what run says it did"};
inline constexpr Case kReboot{
    "reboot", "Verbs: exit status 194 of run asks for a reboot, and run is called again with KEDGE_REBOOTS"};
inline constexpr Case kTryLater{"try-later",
                                "Verbs: exit status 75 asks to be called again later, with KEDGE_TRIES"};
inline constexpr Case kRun{"run", "Verbs, run: exit 0 is done; it ends only when the work is done"};
inline constexpr Case kVerifyDone{
    "verify-done", "Verbs, verify: exit 0 is as expected; anything else after run fails the step"};
inline constexpr Case kVerifySees{"verify-sees-work",
                                  "Verbs, verify: with KEDGE_EXPECT=undone and nothing undone, exit 1 and "
                                  "the differences, one a line on stdout"};
inline constexpr Case kVerifyPure{"verify-changes-nothing", "Verbs, verify: must not change anything"};
inline constexpr Case kRollback{"rollback", "Verbs, rollback: as if run had never been called"};
inline constexpr Case kRollbackAgain{"rollback-again", "Verbs, rollback: works when all is undone already"};
inline constexpr Case kVerifyGone{"verify-after-rollback",
                                  "Verbs, verify: looks at the real thing, not at what run says it did"};
inline constexpr Case kCancelled{"run-cancelled",
                                 "Verbs: run is ready to be killed anywhere (TERM, and KILL after the "
                                 "grace), and rollback works after half a run"};
inline constexpr Case kCrashed{
    "run-crashed", "Verbs: run is ready to be killed anywhere, and rollback works after half a run"};
inline constexpr Case kPoweredOff{
    "run-powered-off", "Verbs: run is ready to be killed anywhere, and rollback works after half a run"};
inline constexpr Case kUnsynced{"power-loses-writes",
                                "Idempotence: what is about to be done is written to KEDGE_STATE_DIR "
                                "durably, before it is done; here files of "
                                "the state folder were emptied that were not synced"};
inline constexpr Case kRollbackStopped{"rollback-interrupted",
                                       "Verbs, rollback: works when it is killed and called again"};
inline constexpr Case kRunAgain{
    "run-again",
    "Verbs, run: is called again from the start only if the step says \"onInterrupt\": \"retry\""};
inline constexpr Case kFailing{"run-failing",
                               "Verbs, run: other than 0 is failed, and then the step is rolled back"};
inline constexpr Case kOptions{
    "option-arguments",
    "Handlers: an argument that begins with - never becomes an option of something called"};
inline constexpr Case kNothingLeft{
    "nothing-left-running",
    "Verbs, run: must not leave a process behind to finish the work; it would be killed"};
inline constexpr Case kStatusLines{
    "status-lines",
    "Progress: lines KEY=VALUE; progress is a whole number from 0 to 100; up to 8 other keys"};
inline constexpr Case kOutput{
    "output", "Surroundings: stdout and stderr are kept at head and tail, 64 KiB each at the most"};

}  // namespace kedge::conform
