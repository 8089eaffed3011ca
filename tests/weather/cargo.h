// A job's hold on the device: a folder that it protects and changes, and the records that its steps leave
// outside of it. All that is asked of the device is answered from files and /proc.
#pragma once

#include <string>
#include <vector>

#include "handlers/listing.h"
#include "plan.h"
#include "rig/rig.h"
#include "sighting.h"

namespace kedge::weather {

class Cargo {
 public:
  // Makes the folder and the handlers. `others`: the ids of all jobs of the seed.
  Cargo(rig::Rig& rig, const JobPlan& plan, const std::vector<std::string>& others);
  ~Cargo();
  Cargo(const Cargo&) = delete;
  Cargo& operator=(const Cargo&) = delete;

  std::string Document() const;
  // Starts of the step 1 or 2.
  std::size_t Runs(int step) const;
  void OpenGate();

  // "": every file is as before the job, in content, mode, owner, times and attributes.
  std::string Difference() const;
  // "": all that a job does which succeeds is there.
  std::string Missing() const;
  std::vector<Sighting> Sightings() const;

 private:
  std::string Of(const std::string& what) const;
  std::string Step1(const std::vector<std::string>& others) const;
  std::string Step2() const;

  rig::Rig& rig_;
  const JobPlan plan_;
  const std::string folder_;
  int gate_ = -1;  // a FIFO, held open for both ends: the step reads from it
  testing::Listing before_;
};

}  // namespace kedge::weather
