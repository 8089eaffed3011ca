#include "life.h"

#include <cstdlib>

namespace kedge::store {
namespace {

constexpr int64_t kWall = 1764000000000;

std::string ThreeStepDocument(int64_t number) {
  const auto step = [](const std::string& name, const std::string& command) {
    return R"({"action":{"name":")" + name + R"(","type":"runCommand","input":{"command":")" + command +
           R"("},"runAsUser":""}})";
  };
  return R"({"version":"1.0","steps":[)" +
         step("fetch", "curl,https://bucket.example.com/firmware?X-Amz-Signature=" + std::to_string(number)) +
         "," + step("install", "dpkg,-i,firmware.deb") + "," + step("check", "true") + "]}";
}

// The commits of one execution, each made from the one before.
class Commits {
 public:
  explicit Commits(Change first) : list_{std::move(first)} {}

  Execution& Next() {
    list_.push_back({list_.back().after, {}});
    return *list_.back().after.current;
  }
  State& state() { return list_.back().after; }
  void Say(const char* kind, const std::string& text, const std::string& detail = "") {
    list_.back().history.push_back({list_.front().after.current->id, kWall, kind, {}, text, detail});
  }
  std::vector<Change> Take() { return std::move(list_); }

 private:
  std::vector<Change> list_;
};

void Run(Execution& execution, size_t step, int64_t task) {
  execution.phase = Phase::kRunning;
  execution.cursor = step;
  execution.task = Task{task, TaskKind::kRun, step, ""};
  StepRecord& record = execution.steps[step];
  record.phase = StepPhase::kStarted;
  record.guarded = {"files", "services"};
  record.attempts = 1;
  record.started_wall = kWall + task;
}

void End(StepRecord& record, int status, const std::string& out, const std::string& err) {
  record.phase = status == 0 ? StepPhase::kDone : StepPhase::kFailed;
  record.ending = Exited{status};
  record.out = out;
  record.err = err;
  record.ended_wall = record.started_wall + 1500;
}

Change Rebooted(const State& from, int64_t number) {
  Change change{from, {}};
  change.after.boot_id = "7c1b8f0e-0000-4000-8000-00000000000" + std::to_string(number);
  return change;
}

}  // namespace

std::vector<Change> FailedJob(const State& from, int64_t number, bool undone) {
  Commits commits(Offer(from, {{"firmware-" + std::to_string(number)}, 1, kWall}, ThreeStepDocument(number)));

  Execution& first = commits.Next();
  first.update.reset();
  first.version = 2;
  first.accepted_wall = kWall;
  Run(first, 0, commits.state().next_task++);
  commits.Say("accepted", "the service accepted IN_PROGRESS (version 2)");

  Execution& second = commits.Next();
  End(second.steps[0], 0, "100 % [====================] 4194304\n", "");
  Run(second, 1, commits.state().next_task++);
  commits.Say("step-ended", "step 1/3 'fetch': exit status 0");

  Execution& failed = commits.Next();
  End(failed.steps[1], 2, std::string(700, '.') + "\n", "dpkg: error processing archive firmware.deb\n");
  failed.task.reset();
  failed.phase = Phase::kRollingBack;
  failed.cause = Cause{CauseKind::kStepFailed, "step 2/3 'install': exit status 2", {}, {{"reason", "x"}}};
  commits.Say("step-ended", "step 2/3 'install': exit status 2", R"({"stderr":"dpkg: error"})");

  Execution& undoing = commits.Next();
  undoing.task = Task{commits.state().next_task++, TaskKind::kRestore, 1, "files"};
  undoing.undo_next = 1;
  commits.Say("undo", "step 2/3 'install': restoring files");

  Execution& reporting = commits.Next();
  reporting.task.reset();
  reporting.steps[0].phase = StepPhase::kUndone;
  reporting.phase = Phase::kReporting;
  reporting.verdict = undone ? Verdict::kSafe : Verdict::kUnsafe;
  if (undone)
    reporting.steps[1].phase = StepPhase::kUndone;
  else
    reporting.findings.differences = {"/etc/firmware.conf: content"};
  reporting.update = PendingUpdate{JobStatus::kFailed, false, 1, 0, 2, "t", 5};
  commits.Say("verdict", undone ? "safe" : "unsafe: /etc/firmware.conf: content");

  const Execution over = commits.Next();
  State& state = commits.state();
  state.ledger.push_front({over.id, JobStatus::kFailed, over.verdict, over.cause->text, 0, kWall});
  if (!undone) {
    state.quarantine = Quarantine{over.id, "unsafe: /etc/firmware.conf: content", kWall};
    state.stranded.insert(state.stranded.begin(), over);
    state.stranded.front().update.reset();
  }
  state.current.reset();
  commits.Say("closed", "FAILED");
  return commits.Take();
}

std::vector<Change> Life() {
  std::vector<Change> life;
  const auto state = [&] { return life.empty() ? State{} : life.back().after; };
  const auto add = [&](std::vector<Change> commits) {
    life.insert(life.end(), commits.begin(), commits.end());
  };
  int64_t number = 0;
  const auto plain = [&](int jobs) {
    for (; jobs > 0; --jobs) add(NoOpJob(state(), ++number));
  };
  life.push_back(Rebooted({}, 1));
  plain(4);                                  // 17
  add(FailedJob(state(), ++number, true));   // 24
  life.push_back(Rebooted(state(), 2));      // 25
  add(FailedJob(state(), ++number, false));  // 32: stranded, quarantined
  Change cleared{state(), {}};               // 33
  cleared.after.quarantine.reset();
  cleared.after.stranded.clear();
  life.push_back(cleared);
  plain(3);                                  // 45
  life.push_back(Rebooted(state(), 3));      // 46
  add(FailedJob(state(), ++number, false));  // 53: stranded and quarantined to the end
  plain(1);                                  // 57: a repair
  auto last = FailedJob(state(), ++number, false);
  add(last);  // 64
  if (life.size() != 64) std::abort();
  return life;
}

}  // namespace kedge::store
