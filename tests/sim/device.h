// The device beneath the agent, simulated: what jobs change, guards' snapshots, and the processes of tasks. A
// copyable value. Process rules are those of agent/process: a task has ended only when nothing of it is
// alive.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/action.h"
#include "core/ending.h"
#include "sim/scenario.h"

namespace kedge::sim {

// The two cells of one step. 0 is how the device was delivered; execution e (index at the service) writes e
// + 1.
using Cells = std::array<int, 2>;
inline constexpr int kSpoiled = -1;  // what an undo leaves that does not work

struct Snapshot {
  Cells cells{};
  bool complete = false;
};

// What really happened to a step of an execution, whatever the agent's journal says.
struct StepTruth {
  Cells before{};             // when the execution was started
  int runs = 0;               // starts of `run`
  int run_boot = 0;           // boot on which it ran last
  bool wants_reboot = false;  // the last run exited 194
  int reboots = 0;            // 194s so far
  int undo_failed = 0;        // injected failures of its undo so far
  bool rolled_back = false;   // undo tasks that came through since the last run
  int64_t used = 0;           // ms that earlier starts of `run` took, as far as the agent was told
  int64_t last_used = 0;      // likewise the last start
  // What the last start of `run` has told and may tell, newest values. Of a start whose end is not durable
  // when the agent dies: nothing.
  DetailsMap told{};
  // "Try again later".
  int laters = 0;            // runs that exited 75
  int laters_known = 0;      // likewise, but for those that the journal never heard of
  bool wants_later = false;  // the last run exited 75, and the journal knows
  bool renewed = false;      // since then the service has answered with the document
  int64_t later_task = 0;
  int64_t later_at = 0;  // when it exited so
  int later_life = 0;
  int64_t signed_with = -1;  // the delivery whose URLs the last run had; -1: none
  // Checks: the handler's, and those of its guards.
  int check_laters = 0;                         // 75s of the handler
  std::array<int, kMostGuards> guard_laters{};  // and of its guards
  int check_laters_known = 0;                   // 75s of all of them, as far as the journal goes
  bool check_waits = false;                     // the last one exited so
  int64_t check_later_at = 0;
  int check_later_life = 0;
  std::array<std::optional<int>, 1 + kMostGuards> checked{};  // exit status of the last one; -1: none
  // Verifications of the undo: the step's, and those of its guards. Exit status of the last one.
  std::array<std::optional<int>, 1 + kMostGuards> verified{};
  int told_unsure = 0;  // verifications that could not tell
  // The connection.
  int ran_on = 0;       // number of the connection when it ran last
  bool proved = false;  // a question that was sent over a later one was answered
  std::array<bool, kMostGuards> restored{};
  std::array<std::optional<Snapshot>, kMostGuards> snapshots{};
};

// Of `checked` and `verified`: 0 is the handler's own, then the guards.
size_t SlotOf(const std::string& guard);

// What one moment of a child's life does.
enum class Act { kWrite, kPutBack, kSpoil, kKeep, kTell, kExit, kNothing };
struct Moment {
  int64_t after = 0;  // ms from the start of the task
  Act act = Act::kNothing;
  int arg = 0;  // the cell; the exit status; which of its words
};

struct Child {
  Task task;
  size_t execution = 0;  // index at the service
  size_t job = 0;
  int life = 0;  // of the agent that started it
  int64_t started = 0;
  std::vector<Moment> moments;
  size_t next = 0;         // moments done
  bool deaf = false;       // ignores TERM
  bool stuck = false;      // a KILL takes 40 s
  bool awaited = false;    // a later life of the agent ends it, or what it keeps, and waits for that
  bool stopping = false;   // it is being ended: nothing of it is kept
  bool kept = false;       // the main process ended well, what it left runs on
  Cells prior{};           // the step's cells when it started
  std::string says = {};   // stdout: differences
  DetailsMap untold = {};  // told, and not yet passed on
};

// The cells of the step that guard `guard` keeps.
bool Keeps(const SimStep& step, size_t guard, size_t cell);
// What the cells look like when `run` did all its work.
Cells DonePattern(const SimStep& step, const Cells& before, int value);
// Has the step anything that undoes it, and anything that verifies that?
bool HasWayBack(const SimStep& step);
bool IsVerified(const SimStep& step);
// What the task will do, moment by moment. `cells` is what it meets.
std::vector<Moment> MomentsOf(const SimStep& step, const Task& task, StepTruth& truth, const Cells& cells,
                              int value, bool reboot_refused, std::string* says);
size_t GuardIndex(const std::string& guard);

}  // namespace kedge::sim
