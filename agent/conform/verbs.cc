// The verbs in good order: is each there, does it do what it is for, and nothing else.
#include "conform/tester.h"

namespace kedge::conform {
namespace {

std::string VerbsOf(const process::Handler& handler) {
  if (!handler.is_folder) return "a single file, which has only run";
  std::string verbs = "a folder with run";
  for (const auto& [verb, has] : {std::pair<const char*, bool>{"check", handler.has_check},
                                  {"rollback", handler.has_rollback},
                                  {"verify", handler.has_verify}}) {
    if (has) verbs.append(", ").append(verb);
  }
  return verbs;
}

constexpr char kNoVerify[] = "there is no verify";

}  // namespace

bool Tester::TestTrust() {
  auto handler = bench_.Find();
  if (!handler) {
    Tell(kTrusted, Finding::kBroken, "", {handler.error().message});
    return false;
  }
  handler_ = *handler;
  Tell(kTrusted, Finding::kOk, VerbsOf(handler_));
  return true;
}

bool Tester::TestCheck() {
  if (!handler_.has_check) {
    Tell(kCheck, Finding::kNotShown, "there is no check, which means yes");
    return true;
  }
  bench_.BeginJob(options_.args);
  const Picture before = Look();
  Called checked = Call(TaskKind::kCheck);
  while (StatusOf(checked) == kTryAgainLater && Grant(checked)) checked = Call(TaskKind::kCheck);
  std::vector<std::string> broken;
  AddLines("it has changed ", judge_.Compare(before, Look()), &broken);
  const int status = StatusOf(checked);
  if (status < 0) broken.push_back(Why(checked));
  if (!broken.empty()) {
    Tell(kCheck, Finding::kBroken, "", broken);
    if (status == 0) return true;
  }
  if (status != 0) {
    if (status > 0) Tell(kCheck, Finding::kNotShown, "it says no: " + Why(checked));
    report_.not_tested =
        "check refuses (" + Why(checked) + "); name arguments behind -- that it accepts here";
    return false;
  }
  Tell(kCheck, Finding::kOk,
       "yes, after " + Milliseconds(checked.usage.wall) +
           (judge_.sees_anything() ? ", and nothing that is watched has changed" : ""));
  return true;
}

void Tester::TestRollbackOfNothing() {
  bench_.BeginJob(options_.args);
  const Picture before = Look();
  const Undo undo = UndoJob(before);
  if (!undo.broken.empty()) return Tell(kRollbackOfNothing, Finding::kBroken, "", undo.broken);
  // Nothing was changed, so that the judge can tell whatever he looks at; without him the exit status can.
  Tell(kRollbackOfNothing, Finding::kOk, undo.unsure ? "verify cannot tell" : "");
}

// What `run` or `check` has asked for is granted, at once and without a reboot. False: it asked for nothing,
// or too often.
bool Tester::Grant(const Called& called) {
  if (Stopped()) return false;
  StepRecord& record = bench_.record();
  const Policy& policy = bench_.config().policy;
  const int status = StatusOf(called);
  if (status == kTryAgainLater && record.tries < policy.try_limit) return ++record.tries > 0;
  if (status == kRebootAndCall && record.reboots < policy.reboot_limit) return ++record.reboots > 0;
  return false;
}

// Calls `run` until it asks for nothing any more.
Called Tester::RunThrough(Calls* calls) {
  calls->clear();
  for (;;) {
    Called ran = Call(TaskKind::kRun);
    told_.insert(told_.end(), ran.told.begin(), ran.told.end());
    calls->push_back({StatusOf(ran), ran.usage.wall});
    if (!Grant(ran)) return ran;
  }
}

void Tester::TellRequests(bool through) {
  const int tries = bench_.record().tries;
  if (tries > 0) {
    Tell(kTryLater, Finding::kInformation,
         "run has asked " + std::to_string(tries) + " times to be tried again later, and was, at once");
  }
  const int reboots = bench_.record().reboots;
  if (reboots > 0) {
    const std::string asked = "run has asked for " + std::to_string(reboots) +
                              " reboots and was called again, though nothing was rebooted here";
    Tell(kReboot, through ? Finding::kOk : Finding::kNotShown, asked);
  }
}

bool Tester::TestGoodRun() {
  bench_.BeginJob(options_.args);
  const Picture before = Look();
  const bool said_done = handler_.has_verify && Succeeded(Call(TaskKind::kVerifyDone).ending);
  const Called ran = RunThrough(&calls_);
  const bool through = Succeeded(ran.ending);
  TellRequests(through);
  const Picture after = Look();
  const std::vector<std::string> changes = judge_.Compare(before, after);
  changes_ = !changes.empty();
  if (!through) {
    std::vector<std::string> broken;
    if (handler_.has_rollback) broken = UndoJob(before).broken;
    const std::string why = "run does not come through: " + Why(ran);
    if (!broken.empty()) {
      Tell(kRun, Finding::kBroken, why + "; and it is not undone", broken);
    } else {
      Tell(kRun, Finding::kNotShown, why);
    }
    report_.not_tested = why + "; name arguments behind -- with which it does";
    return false;
  }
  good_run_ = ran;
  Tell(kRun, Finding::kOk, "done after " + Milliseconds(ran.usage.wall));
  if (!handler_.has_verify) {
    Tell(kVerifyBefore, Finding::kNotShown, kNoVerify);
  } else if (!said_done) {
    Tell(kVerifyBefore, Finding::kOk, "before run verify does not say done");
  } else if (changes_) {
    std::vector<std::string> seen = {"verify with KEDGE_EXPECT=done ends with 0 before run was called"};
    AddLines("run then changes ", changes, &seen);
    Tell(kVerifyBefore, Finding::kBroken, "", seen);
  } else {
    Tell(kVerifyBefore, Finding::kNotShown,
         "verify says done before run was called; with nothing in view that run changes, it may be so");
  }
  TestVerify(after);
  if (handler_.has_rollback) {
    TestRollback(before);
  } else {
    Tell(kRollback, Finding::kNotShown,
         "there is no rollback: what run does stays done, here too, unless the document protects it");
  }
  return true;
}

void Tester::TestVerify(const Picture& after) {
  if (!handler_.has_verify) {
    for (const Case& about : {kVerifyDone, kVerifySees, kVerifyPure})
      Tell(about, Finding::kNotShown, kNoVerify);
    return;
  }
  const Called done = Call(TaskKind::kVerifyDone);
  if (Succeeded(done.ending)) {
    Tell(kVerifyDone, Finding::kOk);
  } else {
    std::vector<std::string> seen = {"after a run that ended with 0: " + Why(done)};
    AddLines("it says: ", {done.output.out.Text()}, &seen);
    Tell(kVerifyDone, Finding::kBroken, "", seen);
  }
  const Called undone = Call(TaskKind::kVerifyUndone);
  const int status = StatusOf(undone);
  const bool has_lines = undone.output.out.lines > 0;
  if (status == 0 && changes_) {
    Tell(kVerifySees, Finding::kBroken, "",
         {"verify with KEDGE_EXPECT=undone ends with 0 right after run, which has changed something"});
  } else if (status == 1 && !has_lines) {
    Tell(kVerifySees, Finding::kBroken, "", {"verify ends with 1 and says nothing on stdout"});
  } else if (status == 1) {
    Tell(kVerifySees, Finding::kOk,
         "right after run it names " + std::to_string(undone.output.out.lines) + " differences to what was");
  } else {
    Tell(kVerifySees, Finding::kNotShown,
         status == 0 ? "it says undone right after run; with nothing in view that run changes, it may be so"
                     : "it cannot tell: " + Why(undone));
  }
  if (!judge_.sees_anything()) {
    return Tell(kVerifyPure, Finding::kNotShown, "nothing looked: give --watch or --probe");
  }
  std::vector<std::string> broken;
  AddLines("it has changed ", judge_.Compare(after, Look()), &broken);
  Tell(kVerifyPure, broken.empty() ? Finding::kOk : Finding::kBroken, "", broken);
}

void Tester::TestRollback(const Picture& before) {
  TellUndo(kRollback, UndoJob(before), "after a whole run");
  TellUndo(kRollbackAgain, UndoJob(before), "called a second time");
  if (!handler_.has_verify) return Tell(kVerifyGone, Finding::kNotShown, kNoVerify);
  if (!Succeeded(Call(TaskKind::kVerifyDone).ending)) {
    return Tell(kVerifyGone, Finding::kOk, "after rollback verify does not say done any more");
  }
  if (!changes_) {
    return Tell(kVerifyGone, Finding::kNotShown,
                "verify says done after rollback; with nothing in view that run changes, it may be so");
  }
  Tell(kVerifyGone, Finding::kBroken, "",
       {"verify with KEDGE_EXPECT=done ends with 0 after rollback: it cannot fail"});
}

}  // namespace kedge::conform
