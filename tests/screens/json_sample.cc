// Prints what `kedge --json` would in situations that no device comes into within seconds: every member that
// the schemas know, from states made by hand.
//
// Usage: json_sample FOLDER     writes FOLDER/VERB.N.json
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "cancel/cancel.h"
#include "operator/history_report.h"
#include "operator/plan_report.h"
#include "operator/states.h"
#include "operator/status_report.h"

namespace kedge::op {
namespace {

class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  void Write(const std::string& verb, const std::string& json) {
    std::ofstream(path_ + "/" + verb + "." + std::to_string(++counts_[verb]) + ".json") << json;
  }

 private:
  const std::string path_;
  std::map<std::string, int> counts_;
};

// --- status

State Quarantined() {
  State state;
  state.ledger.push_front(ClosedAs(JobStatus::kTimedOut, Verdict::kUnsafe, "the service ended it"));
  state.quarantine = Quarantine{{JobId{"fw-41"}, 1, 0}, "job fw-41 could not be undone", kWall};
  state.stranded.push_back(ExecutionIn(Phase::kReporting));
  return state;
}

State Undoing() {
  State state = With(InStepTwo(Phase::kRollingBack));
  state.current->cause =
      Cause{CauseKind::kLost, "the service ended it", JobStatus::kCanceled, {{"reason", "x"}}};
  state.current->verdict = Verdict::kUnknown;
  state.current->task = Task{18, TaskKind::kRestore, 1, "files"};
  state.current->survivor = "pid 17 (dd), in state D";
  state.current->steps[1].told = {{"progress", "40"}, {"step", "unpacking"}};
  return state;
}

State CalledOff() {
  State state = With(InStepTwo(Phase::kStopping));
  state.current->cause = Cause{CauseKind::kCancelled, "called off", {}, {{"ticket", "4711"}}};
  return state;
}

void Statuses(Folder& folder) {
  const StatusContext context{.thing = "pi-1", .version = "1.2.3", .recovering = true, .notes = {"a note"}};
  for (const Phase phase :
       {Phase::kChecking, Phase::kAccepting, Phase::kRunning, Phase::kPausing, Phase::kRebooting,
        Phase::kConnecting, Phase::kFinishing, Phase::kStopping, Phase::kRollingBack, Phase::kReporting}) {
    folder.Write("status", StatusJson(With(InStepTwo(phase)), context));
  }
  folder.Write("status", StatusJson(Quarantined(), context));
  folder.Write("status", StatusJson(Undoing(), context));
  folder.Write("status", StatusJson(CalledOff(), context));
  folder.Write("status",
               StatusJson(State{}, {.thing = "", .version = "1.2.3", .agent_running = false, .notes = {}}));
}

// --- history, show, logs

PastExecution Past(const std::string& status, const std::string& verdict) {
  return {.id = {JobId{"fw-42"}, 2, kWall - 9000},
          .status = status,
          .verdict = verdict,
          .text = "why",
          .document = R"({"version":"1.0"})",
          .offered_wall = kWall,
          .closed_wall = kWall + 1000};
}

std::vector<HistoryEntry> Entries() {
  const ExecutionId id = Past("", "").id;
  const auto entry = [&](const std::string& kind, const std::string& detail) {
    return HistoryEntry{id, kWall, kind, 0, "what happened", detail};
  };
  return {
      entry(
          "step-ended",
          R"({"task":7,"stdout":"a","stderr":"b","wallMs":12,"cpuMs":3,"peakMemory":4096,"leftovers":["sleep"]})"),
      entry("lost", R"({"serviceStatus":"CANCELED","serviceDetails":{"reason":"x"}})"),
      entry("cancel-requested", R"({"statusDetails":{"ticket":"4711"}})"),
      entry("undo-failed", R"({"differences":["files /etc/a: is missing"],"stdout":"","stderr":""})"),
      entry("verdict", R"({"differences":["d"],"noWayBack":["n"],"notVerified":["v"]})")};
}

void Histories(Folder& folder) {
  PastExecution running = Past("running", "");
  running.closed_wall = 0;
  running.id.queued_at = 0;
  running.document = "no JSON";
  folder.Write("history", HistoryJson({running, Past("CANCELED", "unsafe"), Past("", "unknown")}));
  folder.Write("history", HistoryJson({}));
  folder.Write("show", ShowJson(Past("CANCELED", "unsafe"), Entries()));
  folder.Write("show", ShowJson(running, {}));
  for (const HistoryEntry& entry : Entries()) folder.Write("logs", EntryJson(entry));
}

// --- check

void Plans(Folder& folder) {
  folder.Write("check", PlanJson(Refusal{"no handler of that name", false}));
  folder.Write("check", PlanJson(Refusal{"no room on the disk", true}));
  Plan plan = InStepTwo(Phase::kRunning).plan;
  plan.document.repair = true;
  plan.document.timeout = std::chrono::seconds(60);
  Step& step = plan.document.steps[1];
  step.command = {Command::Kind::kHandler, "echo", "", {"a"}};
  step.run_as_user = "nobody";
  step.timeout = std::chrono::seconds(5);
  step.ignore_failure = true;
  plan.document.steps[2].is_final = true;
  plan.document.steps[2].interruptible = false;
  plan.verbs[2].rollback = true;
  folder.Write("check", PlanJson(plan));
}

// `kedge cancel` before an agent that says what the sample says.
struct SampleAgent : cancel::Agent {
  SampleAgent(std::string an_answer, std::string a_status)
      : answer(std::move(an_answer)), status(std::move(a_status)) {}
  Result<std::string> Cancel(const std::string&) override { return answer; }
  Result<std::string> Status() override { return status; }
  Result<std::optional<cancel::Past>> FindPast(const std::string&, int64_t) override {
    return std::optional<cancel::Past>();
  }
  void WaitForChange(std::chrono::milliseconds) override {}
  std::string answer, status;
};

void Cancels(Folder& folder) {
  const auto run = [&folder](SampleAgent agent) {
    std::string printed;
    const cancel::Io io{.out = [&printed](const std::string& text) { printed += text; },
                        .err = [](const std::string&) {},
                        .agent = [&agent](const std::string&) -> Result<cancel::Agent*> { return &agent; },
                        .read = [](const std::string& path) -> Result<std::string> {
                          return Unexpected{ErrorKind::kNotFound, path};
                        },
                        .confirm = [](const std::string&) { return std::nullopt; },
                        .now = [] { return int64_t{0}; }};
    cancel::Cancel({"a", "--yes", "--json", "--client-token", "t", "--wait-for-state", "CANCELED",
                    "--max-wait-seconds", "0"},
                   io);
    folder.Write("cancel", printed);
  };
  const std::string accepted =
      R"({"accepted":true,"message":"job a is rolled back","jobId":"a","executionNumber":1,)"
      R"("executionState":{"status":"IN_PROGRESS","versionNumber":2}})";
  run({R"({"accepted":false,"message":"job a is over","code":"InvalidStateTransition","jobId":"a",)"
       R"("executionNumber":1,"executionState":{"status":"FAILED"}})",
       ""});
  run({accepted, R"({"execution":{"jobId":"a","executionNumber":1,"phase":"rolling-back"}})"});
  run({accepted,
       R"({"last":{"jobId":"a","executionNumber":1,"status":"FAILED","verdict":"safe","text":"cancelled"}})"});
}

void Replies(Folder& folder) {
  for (const char* verb : {"rollback", "clear", "reload"}) {
    folder.Write(verb, ReplyJson(true, "done"));
    folder.Write(verb, ReplyJson(false, "nothing runs"));
  }
  folder.Write("wait", ReachedJson(true, ""));
  folder.Write("wait", ReachedJson(false, "a job is still there"));
}

}  // namespace
}  // namespace kedge::op

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "type: json_sample FOLDER\n");
    return 2;
  }
  kedge::op::Folder folder(argv[1]);
  kedge::op::Statuses(folder);
  kedge::op::Histories(folder);
  kedge::op::Plans(folder);
  kedge::op::Cancels(folder);
  kedge::op::Replies(folder);
  return 0;
}
