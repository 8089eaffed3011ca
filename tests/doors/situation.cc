#include "doors/situation.h"

#include <stdexcept>

#include "rig/files.h"

namespace kedge::doors {
namespace {

// A job with a step that changes a protected file and waits until it may go on.
class Trial {
 public:
  Trial(Rig& rig, Door& door, const std::string& name)
      : rig_(rig), door_(door), name_(name), file_(rig.Folder("device/" + name)) {
    rig::WriteFile(file_, "old\n");
  }

  void BringToStep(const json& more) {
    rig_.Script(name_, "echo new > " + file_ + "\n" + Waiting("step"));
    Create(rig_.Step(name_, {}, Protected(more)));
    WaitFor("the step", "step");
    // Not before the service has it as such: an update on its way would make another version.
    rig_.WaitUntil("IN_PROGRESS", [this] { return rig_.service().Status(job_.execution) == "IN_PROGRESS"; });
    if (!door_.OwnState(job_).empty())
      rig_.WaitUntil("the door's IN_PROGRESS", [this] { return door_.OwnState(job_) == "IN_PROGRESS"; });
  }
  // Its step fails by itself; taking it back waits.
  void BringToRollback() {
    rig_.Script(name_ + "/run", "echo new > " + file_ + "\nexit 1");
    rig_.Script(name_ + "/rollback", "echo old > " + file_ + "\n" + Waiting("step"));
    rig_.Script(name_ + "/verify", "[ \"$KEDGE_EXPECT\" = done ] || [ \"$(cat " + file_ + ")\" = old ]");
    Create(rig_.Step(name_));
    WaitFor("the roll-back", "step");
    if (!door_.OwnState(job_).empty())
      rig_.WaitUntil("the door's IN_PROGRESS", [this] { return door_.OwnState(job_) == "IN_PROGRESS"; });
  }
  void BringToEnd() {
    Create(rig_.CommandStep("true"));
    WaitUntilOver();
  }
  // Created, and the device does not hear of it.
  void BringToQueue() {
    for (const char* fault : {R"({"on":"notify","do":"drop"})", R"({"on":"notify-next","do":"drop"})",
                              R"({"on":"request","do":"drop","operation":"describe-next"})"}) {
      rig_.service().AddFault(json::parse(fault));
    }
    Create(rig_.CommandStep("true"));
    rig_.WaitUntil("QUEUED", [this] { return rig_.service().Status(job_.execution) == "QUEUED"; });
  }

  std::string Cancel(bool force, bool stale = false) { return door_.Cancel({job_, force, stale}); }

  json Status() {
    json status = rig_.KedgeJson({"status"});
    return status.is_object() ? status : json::object();
  }
  std::string Phase() { return Status().value("/execution/phase"_json_pointer, ""); }
  void WaitUntilReached() {
    rig_.WaitUntil("the cancel at the device", [this] { return door_.HasReachedDevice(job_, Status()); });
  }
  void WaitForPhase(const std::string& phase) {
    rig_.WaitUntil("the phase " + phase, [&] { return Phase() == phase; });
  }
  bool StepIsAlive() const { return !rig_.StepProcesses().empty(); }
  void LetGoOn() { rig::WriteFile(rig_.Folder(name_ + "-open"), ""); }
  void GiveUpQueue() {
    if (AtService() == "QUEUED") rig_.service().CancelExecution(job_.execution, {});
    rig_.service().ClearFaults();
  }

  // And back where it has to be.
  std::string End() {
    WaitUntilOver();
    const std::string service = AtService();
    const std::string content = rig::ReadIfThere(file_);
    if (content != (service == "SUCCEEDED" ? "new\n" : "old\n")) {
      throw std::runtime_error(job_.execution + " is " + service + " and the file is " + content);
    }
    const std::string verdict = rig_.Verdict(job_.execution);
    return AtDoor() + service + (verdict.empty() ? "" : ", " + verdict) + HowStepEnded();
  }
  std::string AtService() { return rig_.service().Status(job_.execution); }
  std::string AtDoor() {
    const std::string own = door_.OwnState(job_);
    return own.empty() ? "" : own + "/";
  }

 private:
  static json Protected(json more, const std::string& file) {
    more["protect"] = {{"files", {file}}};
    return more;
  }
  json Protected(const json& more) const { return Protected(more, file_); }
  std::string Waiting(const std::string& what) const {
    return "touch " + rig_.Folder(name_ + "-" + what) + "\nwhile [ ! -e " + rig_.Folder(name_ + "-open") +
           " ]; do sleep 0.02; done";
  }
  void Create(const json& step) { job_ = door_.Create(name_, rig_.Document({step})); }
  void WaitFor(const std::string& what, const std::string& mark) {
    rig_.WaitUntil(what, [&] { return rig::Exists(rig_.Folder(name_ + "-" + mark)); });
  }
  void WaitUntilOver() {
    rig_.WaitUntil("the end of " + job_.execution, [this] {
      const json last = Status().value("last", json::object());
      if (last.value("jobId", "") != job_.execution || !rig_.IsIdle()) return false;
      const std::string own = door_.OwnState(job_);
      return own.empty() || own == "CANCELED" || own == "FAILED" || own == "SUCCEEDED";
    });
  }
  // Only of one that was called off.
  std::string HowStepEnded() {
    const json shown = rig_.Show(job_.execution);
    for (const json& entry : shown.at("history")) {
      const std::string event = entry["event"];
      if (event != "stopped" && event != "step-ended") continue;
      const std::string text = entry["text"];
      if (text.find("killed by signal") != std::string::npos) return ", step stopped";
      if (text.find("exit status 0") != std::string::npos) return ", step let end";
    }
    return "";
  }

  Rig& rig_;
  Door& door_;
  const std::string name_;
  const std::string file_;
  Job job_;
};

void MustBeAlive(const Trial& trial) {
  if (!trial.StepIsAlive()) throw std::runtime_error("the step was ended, and should be let end");
}

Outcome TryRunning(Trial& trial, bool force) {
  trial.BringToStep(json::object());
  const std::string answer = trial.Cancel(force);
  if (answer == "accepted") trial.WaitUntilReached();
  if (answer != "accepted" || !force) {
    MustBeAlive(trial);
    trial.LetGoOn();
  }
  return {answer, trial.End()};
}

Outcome TryUninterruptible(Trial& trial, bool force) {
  trial.BringToStep({{"interruptible", false}, {"maxUninterruptibleSeconds", 600}});
  const std::string answer = trial.Cancel(force);
  if (answer == "accepted") trial.WaitUntilReached();
  if (answer == "accepted" && force) trial.WaitForPhase("stopping");
  MustBeAlive(trial);
  trial.LetGoOn();
  return {answer, trial.End()};
}

Outcome TryRollingBack(Trial& trial, bool force) {
  trial.BringToRollback();
  const std::string answer = trial.Cancel(force);
  if (answer == "accepted") trial.WaitUntilReached();
  MustBeAlive(trial);
  trial.LetGoOn();
  return {answer, trial.End()};
}

Outcome TryStale(Trial& trial, bool force) {
  trial.BringToStep(json::object());
  const std::string answer = trial.Cancel(force, true);
  MustBeAlive(trial);
  trial.LetGoOn();
  return {answer, trial.End()};
}

Outcome TryQueued(Trial& trial, bool force) {
  trial.BringToQueue();
  const std::string answer = trial.Cancel(force);
  const std::string end = trial.AtDoor() + trial.AtService();
  trial.GiveUpQueue();
  return {answer, end};
}

Outcome TryFinished(Trial& trial, bool force) {
  trial.BringToEnd();
  const std::string answer = trial.Cancel(force);
  return {answer, trial.AtDoor() + trial.AtService()};
}

// Another one runs meanwhile, and is none of its business.
Outcome TryUnknown(Trial& trial, Door& door, bool force, const std::string& name) {
  trial.BringToStep(json::object());
  const std::string answer = door.Cancel({door.Unknown("not-" + name), force});
  MustBeAlive(trial);
  trial.LetGoOn();
  return {answer, "the other one " + trial.End()};
}

}  // namespace

const std::vector<std::string>& SituationNames() {
  static const std::vector<std::string> kNames = {"nothing-running", "step-running", "uninterruptible-step",
                                                  "rolling-back",    "finished",     "unknown-job",
                                                  "stale-version"};
  return kNames;
}

Outcome Try(Rig& rig, Door& door, const std::string& situation, bool force, const std::string& name) {
  Trial trial(rig, door, name);
  if (situation == "nothing-running") return TryQueued(trial, force);
  if (situation == "step-running") return TryRunning(trial, force);
  if (situation == "uninterruptible-step") return TryUninterruptible(trial, force);
  if (situation == "rolling-back") return TryRollingBack(trial, force);
  if (situation == "finished") return TryFinished(trial, force);
  if (situation == "unknown-job") return TryUnknown(trial, door, force, name);
  if (situation == "stale-version") return TryStale(trial, force);
  throw std::runtime_error("no situation " + situation);
}

}  // namespace kedge::doors
