// One device under test: a folder with its files, kedged's configuration and state, a control group, and the
// real kedged, started with a plan or without. Not shared between threads.
#pragma once

#include <string>
#include <vector>

#include "faults/plan.h"
#include "faults/workshop.h"
#include "handlers/listing.h"
#include "rig/program.h"

namespace kedge::faults {

class Bench {
 public:
  Bench(const Workshop& workshop, int number);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // A device that never had a job.
  void Clear();

  // One life of kedged.
  struct Life {
    const Plan* plan = nullptr;  // null: nothing goes wrong
    bool counted = false;        // instead of a plan: all calls are only written down
    bool counted_guards = false;
    bool rebooted = false;  // the kernel tells another boot id
  };
  void Start(const Life& life);
  rig::Program& kedged() { return kedged_; }
  // Everything that the job started, as a power cut would.
  void KillTasks();
  // Processes of the job: in a folder of this bench, or with its mark in their environment.
  std::vector<std::string> Tasks() const;  // "pid 12: sleep 1000"

  std::string Folder(const std::string& name) const { return folder_ + "/" + name; }
  std::string device() const { return Folder("device"); }
  std::string notes() const { return Folder("notes"); }
  std::string link_socket() const { return Folder("run/link.sock"); }
  std::string trace() const { return Folder("trace"); }       // strace's own, of the last life with a plan
  const testing::Listing& before() const { return before_; }  // of the device
  const Workshop& workshop() const { return workshop_; }

 private:
  std::string Config(const Life& life) const;
  std::vector<std::string> Words(const Life& life);

  const Workshop& workshop_;
  const std::string folder_;
  const std::string cgroup_;
  testing::Listing before_;
  rig::Program kedged_;
  int lives_ = 0;
};

}  // namespace kedge::faults
