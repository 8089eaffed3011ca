// What is simulated: jobs, the behaviour of their steps, and the device they meet. Values only.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/state.h"

namespace kedge::sim {

inline constexpr size_t kMostSteps = 6;
inline constexpr size_t kMostGuards = 2;
inline constexpr int kForEver = 1000000;
inline constexpr int kStepLimit = 120;  // seconds: timeoutSeconds of each step

// What `run` of a step does. Each step owns two cells of the device; "writes" means both unless said
// otherwise.
enum class Run {
  kSucceeds,
  kSlow,            // writes the second cell 12 s after the first
  kFails,           // writes the first cell, exits 3
  kCrashes,         // writes the first cell, dies of a signal of its own
  kHangs,           // writes the first cell, then nothing until it is ended
  kDeaf,            // like kSlow, and ignores TERM
  kStuck,           // writes the first cell, then cannot be killed for 40 s (a D state)
  kLeavesChild,     // writes the first cell and exits 0; what it left behind writes the second 1 s later
  kRebootsOnce,     // writes the first cell and exits 194; after the reboot it writes the second
  kRebootsForEver,  // exits 194 each time
  kHalf,            // writes the first cell, exits 0: only a verify tells
};

// What `run` tells of itself (KEDGE_STATUS_FD). tells.h has the pairs.
enum class Tells {
  kNothing,
  kSome,     // a pair of its own that changes, one that goes again, progress, and what is being done
  kRefused,  // and beside these what may not be told
  kMany,     // eight pairs, as many as a step may have, and then more
};

struct SimStep {
  Run run = Run::kSucceeds;
  int guards = 1;                            // 0 to 2: one guards both cells, two guard one each
  bool rollback = false;                     // the step has a `rollback` of its own
  bool verify = false;                       // and a `verify`
  std::optional<TaskKind> brings_down = {};  // the power goes each time this task of the step runs
  bool check = false;
  bool check_refuses = false;
  bool snapshot_fails = false;
  int undo_fails = 0;       // the first undo task of this step fails so often, half done
  bool undo_hangs = false;  // and does so by hanging until its limit
  bool differs = false;     // undo leaves a difference, always
  OnInterrupt on_interrupt = OnInterrupt::kRollback;
  bool interruptible = true;
  bool ignore_failure = false;
  bool is_final = false;
  Tells tells = Tells::kNothing;
  bool keeps = false;      // `leftovers: keep`: something runs on when `run` has ended well
  int kept_ends = 0;       // ms until that ends by itself; 0: it does not
  bool kept_deaf = false;  // it ignores TERM
  int lingers = 0;         // ms that it takes to end what `run` has left behind; the task is over after that
};

struct SimJob {
  std::string name;
  std::vector<SimStep> steps;
  int timeout_minutes = 0;  // the job's in-progress timer; 0: none
  bool refused = false;     // a document that can never run here
  bool repair = false;
  int limit_seconds = 0;  // the document's timeoutSeconds, for all `run` together; 0: it names none

  // Made by Prepare().
  std::string document = {};
  Admission admission = {};
};

struct Scenario {
  std::string name;
  std::vector<SimJob> jobs;
  bool device_reboots = true;   // false: asked to reboot, it stays up
  bool reboot_refused = false;  // the reboot command itself fails
  bool lease = false;           // step timers at the service
  Policy policy = {};
};

// Writes each job's document and parses it with the real parser.
void Prepare(Scenario& scenario);

// The named scenarios of sim_exhaust, prepared; most sensitive first.
const std::vector<Scenario>& Scenarios();
// nullptr when there is none of that name.
const Scenario* FindScenario(const std::string& name);

}  // namespace kedge::sim
