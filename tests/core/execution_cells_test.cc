// Each cell of the state x event table, exercised: EXECUTION.md must say exactly what the code does.
// To rewrite the page after a change that is meant: KEDGE_WRITE_PAGES=1 core_test.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "core/execution_table.h"
#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

// Job old: its one step ran and could not be undone.
Execution Stranded() {
  Execution stranded;
  stranded.id = {JobId{"old"}, 1, 1};
  stranded.plan = std::get<Plan>(SimJob{"old", {{}}}.Admit());
  stranded.phase = Phase::kReporting;
  stranded.steps.resize(1);
  stranded.steps[0].phase = StepPhase::kFailed;
  stranded.steps[0].guarded = {"files"};
  stranded.cause = Cause{CauseKind::kStepFailed, "step 1/1 's1': exit status 3", {}, {}};
  stranded.verdict = Verdict::kUnsafe;
  return stranded;
}

// A world with job a (and nothing else) brought to `row` by events only.
World WorldIn(Row row) {
  SimStep second{.behaviour = row == Row::kRunning      ? Behaviour::kHangs
                              : row == Row::kConnecting ? Behaviour::kSucceeds
                                                        : Behaviour::kFails,
                 .wants_reboots = row == Row::kRebooting ? 1 : 0,
                 .wants_later = row == Row::kPausing ? 1 : 0,
                 .needs_connection = row == Row::kConnecting};
  SimStep first{.check = row == Row::kChecking};
  World world({{"a", {first, second}}});
  if (row == Row::kFinishing) world = World({{"a", {first}}});
  world.Boot();
  if (row == Row::kIdle) {
    REQUIRE(world.RunUntil("link up"));
    return world;
  }
  if (row == Row::kQuarantined) {
    REQUIRE(world.Settle());
    world.state.quarantine = Quarantine{{JobId{"old"}, 1, 1}, "job old could not be undone", 1};
    world.state.stranded = {Stranded()};
    return world;
  }
  world.QueueJobs();
  const std::map<Row, std::string> until = {
      {Row::kChecking, "check of step 1"}, {Row::kAccepting, "send IN_PROGRESS"},
      {Row::kRunning, "run of step 2"},    {Row::kRebooting, "reboot of step 2"},
      {Row::kPausing, "exit status 75"},   {Row::kConnecting, "link up"},
      {Row::kFinishing, "send SUCCEEDED"}, {Row::kRollingBack, "restore files of step 2"},
      {Row::kReporting, "send FAILED"}};
  if (row == Row::kStopping) {
    REQUIRE(world.RunUntil("run of step 1"));
    world.Handle(CancelRequested{1, {}, true, "", "test"});
  } else {
    if (row == Row::kConnecting) REQUIRE(world.RunUntil("connect anew"));
    REQUIRE(world.RunUntil(until.at(row)));
  }
  if (row == Row::kRunning || row == Row::kRebooting || row == Row::kPausing) {
    world.Handle(PendingChanged{});  // a question is in flight
  }
  REQUIRE(RowOf(world.state) == row);
  return world;
}

ServiceExecution Another() {
  ServiceExecution other;
  other.id = {JobId{"z"}, 1, 1800000000000};
  return other;
}

// One representative of each event, as it would come in this state.
std::map<std::string, std::function<What(const State&)>> Samples() {
  const auto job = [](const State& state) { return state.current ? state.current->id.job : JobId{"a"}; };
  const auto update_token = [](const State& state) {
    return state.current && state.current->update ? state.current->update->token : std::string("x");
  };
  const auto describe_token = [](const State& state) {
    return state.current && state.current->describe ? state.current->describe->token : std::string("x");
  };
  return {
      {"Restarted",
       [](const State&) {
         return What(Restarted{"boot-2", "u"});
       }},
      {"LinkUp", [](const State&) { return What(LinkUp{}); }},
      {"LinkDown", [](const State&) { return What(LinkDown{"keep-alive lost"}); }},
      {"Offered",
       [](const State&) {
         return What(Offered{Source::kNotifyNext, "", Another(), SimJob{"z", {{}}}.Admit()});
       }},
      {"NothingNext",
       [](const State&) {
         return What(NothingNext{Source::kNotifyNext, ""});
       }},
      {"PendingChanged",
       [](const State&) {
         PendingChanged list;
         list.queued.push_back({Another().id, 1});
         return What(list);
       }},
      {"Described",
       [describe_token](const State& state) {
         ServiceExecution ours;
         if (state.current) ours.id = state.current->id;
         ours.status = JobStatus::kInProgress;
         ours.version = 2;
         return What(Described{describe_token(state), ours});
       }},
      {"DescribeRejected",
       [=](const State& state) {
         return What(DescribeRejected{
             describe_token(state), job(state), {RejectedCode::kTerminalStateReached, "", {}}});
       }},
      {"NextRejected",
       [](const State& state) {
         return What(
             NextRejected{state.next ? state.next->token : "x", {RejectedCode::kRequestThrottled, "", {}}});
       }},
      {"UpdateAccepted",
       [=](const State& state) {
         return What(UpdateAccepted{update_token(state), job(state), {}});
       }},
      {"UpdateRejected",
       [=](const State& state) {
         return What(UpdateRejected{
             update_token(state),
             job(state),
             {RejectedCode::kInvalidStateTransition, "", ExecutionState{JobStatus::kCanceled, 9, {}}}});
       }},
      {"TaskEnded",
       [](const State& state) {
         return What(
             TaskEnded{state.current && state.current->task ? state.current->task->id : 99, Exited{0}, {}});
       }},
      {"TaskTold",
       [](const State& state) {
         return What(TaskTold{state.current && state.current->task ? state.current->task->id : 99,
                              {{"progress", "40"}, {"package", "nginx"}}});
       }},
      {"TaskSurvives",
       [](const State& state) {
         return What(TaskSurvives{state.current && state.current->task ? state.current->task->id : 99,
                                  "dd (77) in uninterruptible sleep"});
       }},
      {"CancelRequested",
       [](const State&) {
         return What(CancelRequested{5, {}, true, "", "uid 0"});
       }},
      {"ClearRequested",
       [](const State&) {
         return What(ClearRequested{6, "uid 0"});
       }},
      {"RollbackRequested",
       [](const State&) {
         return What(RollbackRequested{7, "uid 0"});
       }},
      {"JournalFailed",
       [](const State&) { return What(JournalFailed{"the journal cannot be written: EIO"}); }},
      {"ShutdownRequested", [](const State&) { return What(ShutdownRequested{}); }},
      {"TimePassed", [](const State&) { return What(TimePassed{}); }},
  };
}

std::string Page() {
  std::ostringstream page;
  const auto samples = Samples();
  std::string event;
  for (const TableCell& cell : ExecutionTable()) {
    if (cell.event != event) {
      event = cell.event;
      page << "\n## " << event << "\n\n| state | answer | example: actions | then |\n|---|---|---|---|\n";
    }
    World world = WorldIn(cell.row);
    const State before = world.state;
    world.now.boot = std::max(world.now.boot, NextDeadline(before).value_or(0));
    const Transition next = Advance(world.policy, before, {world.now, samples.at(event)(before)});
    if (cell.ignored) {
      CHECK(next.state == before);
      CHECK(next.actions.empty());
      CHECK(next.history.empty());
    }
    page << "| " << ToString(cell.row) << " | " << cell.words << " | ";
    for (size_t i = 0; i < next.actions.size(); ++i) page << (i > 0 ? "; " : "") << ToString(next.actions[i]);
    page << " | " << (RowOf(next.state) == cell.row ? "" : ToString(RowOf(next.state))) << " |\n";
  }
  return page.str();
}

constexpr char kMark[] =
    "<!-- From here on written by core_test; see the head of tests/core/execution_cells_test.cc -->\n";

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace

TEST_CASE("every cell of the state x event table does what EXECUTION.md says") {
  const std::string path = KEDGE_SOURCE_DIR "/agent/core/EXECUTION.md";
  const std::string page = Read(path);
  const size_t mark = page.find(kMark);
  REQUIRE(mark != std::string::npos);
  const std::string head = page.substr(0, mark);
  const std::string table = Page();
  if (std::getenv("KEDGE_WRITE_PAGES") != nullptr) std::ofstream(path) << head << kMark << table;
  CHECK(Read(path) == head + kMark + table);
}

TEST_CASE("a cell that ignores says why, and no cell is empty") {
  size_t cells = 0;
  for (const TableCell& cell : ExecutionTable()) {
    ++cells;
    CAPTURE(cell.event);
    CHECK(cell.words.size() > 2);
    if (cell.ignored) CHECK(cell.words.find("ignored, because ") == 0);
  }
  CHECK(cells == kRows * std::variant_size_v<What>);
}
