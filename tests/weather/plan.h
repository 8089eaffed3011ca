// What a seed draws: the weather and the jobs that go through it. The same seed gives the same plan on every
// machine; what then happens also hangs on how fast the machine is.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kedge::weather {

enum class Work {
  kSucceeds,
  kFails,      // in step 2
  kStubborn,   // step 2 deletes and half writes, ignores SIGTERM, leaves a daemon and never ends
  kIsRefused,  // a document that can never run
};

// What the test does while a job is about, in order.
struct Act {
  enum class Kind {
    kAwaitStep,      // until step `number` of the job runs, or the job is over
    kAwaitMessages,  // until the device has sent `number` more messages, or the job is over
    kAwaitReport,    // until the device has sent a final status of the job, or the job is over
    kPause,          // `number` microseconds: so far the next act misses the one before
    kOpen,           // the gate
    kCancel,         // by force
    kDelete,         // the execution, by force
    kJumpClock,      // the service's, by `number` minutes
    kKillAgent,
    kStartAgent,
    kKillLink,
    kStartLink,
    kRestartService,  // killed, and back from its store
  };
  Kind kind;
  int number = 0;
};

struct JobPlan {
  std::string id;
  Work work = Work::kSucceeds;
  int gate = 0;            // the step that waits for kOpen; 0: none
  bool has_limit = false;  // the service's: 10 minutes in progress
  std::vector<Act> acts;
};

struct Plan {
  uint64_t seed = 0;
  std::vector<nlohmann::json> rules;  // drydock's
  std::vector<std::string> weather;   // the same, for people
  std::string lost_event;             // notify or notify-next; empty: neither is ever lost
  int longest_delay_ms = 0;           // of a message, by the rules
  bool cgroups = true;                // the agent may use them, where the machine has them
  bool early = false;                 // the first job is created before the device is there
  bool together = false;              // all jobs are created before anything else is done
  std::vector<JobPlan> jobs;

  bool Has(Act::Kind kind) const;
  // How the job may end: statuses; "" stands for deleted.
  std::vector<std::string> Ends(const JobPlan& job) const;
};

Plan Draw(uint64_t seed);
std::string ToString(Act::Kind kind);
std::string ToString(const Plan& plan);  // several lines

}  // namespace kedge::weather
