// The job that nobody wants to see interrupted: it rewrites protected files in step 1, and in step 2 deletes
// and half rewrites them, leaves a daemon behind, ignores SIGTERM and never ends. Step 3 must never run.
#pragma once

#include <string>

#include "handlers/listing.h"
#include "rig/rig.h"

namespace kedge::e2e {

using rig::Options;
using rig::Rig;

class Upgrade {
 public:
  explicit Upgrade(Rig& rig, std::string job = kJob);

  // What the daemon of step 2 takes along of the step's environment: all of it, or nothing to know it by.
  enum class Daemon { kMarked, kHidden };
  // Creates the job and returns in the middle of step 2, when the service knows of it.
  void BringToStep2(Daemon daemon = Daemon::kHidden);
  // "": every file is as before the job, in content, mode, owner, times and attributes.
  std::string Difference() const;
  // How often step 2 was started.
  std::size_t Runs() const;
  std::string device() const { return device_; }
  const std::string& job() const { return job_; }

  static constexpr const char* kJob = "upgrade";

 private:
  Rig& rig_;
  const std::string job_;
  const std::string device_;  // a folder
  const std::string runs_;
  testing::Listing before_;
};

// A step that runs until the test lets it go on; counts its starts.
class Gate {
 public:
  // `on_the_way` is done after the start, before the wait.
  explicit Gate(Rig& rig, const std::string& name = "gate", const std::string& on_the_way = "");

  rig::json Step(const rig::json& more = rig::json::object()) const;
  void WaitUntilReached() const;
  void Open() const;
  std::size_t Runs() const;

 private:
  Rig& rig_;
  const std::string name_;
};

}  // namespace kedge::e2e
