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

// What becomes of the connection that the service is reached by. But for kStays the step asks for a new one
// (onNoConnection), which may take up to kConnectionLimit.
enum class Net {
  kStays,
  kGood,       // a new connection comes about at once
  kSlow,       // after 20 s
  kLate,       // after 100 s
  kCut,        // not before the first cell is back; the old connection lasts until it is given up
  kCutAtOnce,  // and the old one goes with the first cell
};
inline constexpr int kConnectionLimit = 60;  // seconds: connectionTimeoutSeconds of each such step

// What a guard says before the job is accepted (GUARD.check).
enum class WayBack {
  kNotAsked,     // it has no such program
  kExact,        // exits 0
  kNotExact,     // exits 1
  kUnknownVerb,  // exits 2
  kCrashes,      // dies of a signal of its own
};

// What a Describe brings as the job document.
enum class Renews {
  kSame,     // what was offered; no URL in it
  kUrls,     // URLs that are signed anew for each delivery
  kAnother,  // likewise, and another path in them
  kNone,     // nothing
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
  int later = 0;           // the first so many `run` write the first cell and exit 75
  int check_later = 0;     // the first so many `check` exit 75; needs `check`
  WayBack way_back = WayBack::kNotAsked;  // what its guards say
  int guard_later = 0;                    // the first so many checks of its guards exit 75
  // The first so many times that its undo is verified, the first of its verifications exits 3.
  int cannot_tell = 0;
  Net net = Net::kStays;
};

struct SimJob {
  std::string name;
  std::vector<SimStep> steps;
  int timeout_minutes = 0;  // the job's in-progress timer; 0: none
  bool refused = false;     // a document that can never run here
  bool repair = false;
  int limit_seconds = 0;  // the document's timeoutSeconds, for all `run` together; 0: it names none
  Renews renews = Renews::kSame;

  // Made by Prepare().
  std::string document = {};
  Admission admission = {};
};

struct Scenario {
  std::string name;
  std::vector<SimJob> jobs;
  bool device_reboots = true;     // false: asked to reboot, it stays up
  bool reboot_refused = false;    // the reboot command itself fails
  bool lease = false;             // step timers at the service
  bool no_way_back_runs = false;  // jobs.no_way_back: run
  // How the first job ends without a fault; absent: not said.
  std::optional<JobStatus> ends = {};
  std::optional<Verdict> verdict = {};
  Policy policy = {};
};

// The text that the `delivery`-th delivery of the job's document has, counted from 0; `described`: as the
// answer to a Describe. nullopt: without one.
std::optional<std::string> DocumentAt(const SimJob& job, int64_t delivery, bool described);
// What the daemon makes of a document of the job.
Admission AdmissionOf(const SimJob& job, const std::string& document);

// Writes each job's document and parses it with the real parser.
void Prepare(Scenario& scenario);

// The named scenarios of sim_exhaust, prepared; most sensitive first.
const std::vector<Scenario>& Scenarios();
// nullptr when there is none of that name.
const Scenario* FindScenario(const std::string& name);

}  // namespace kedge::sim
