// Jobs of every ending, in a row, for one agent: most succeed; some fail and are rolled back, some are
// refused, and one of each batch is cancelled by force while its step runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rig/rig.h"

namespace kedge::soak {

class Mix {
 public:
  static constexpr int kBatch = 50;

  explicit Mix(rig::Rig& rig);

  // The next `count` jobs, at most kBatch. Returns when the device is done with them; throws when one ends
  // otherwise than it should.
  void Run(int count);
  // So many ended in each way since the beginning.
  const std::map<std::string, int>& ended() const { return ended_; }

 private:
  struct Job {
    std::string name;
    std::string ends;  // status at the service
  };
  Job Create(int place);
  void CancelMidStep(const Job& job);
  std::string MarkOf(const std::string& job) const;  // the file that its step makes

  rig::Rig& rig_;
  rig::json fine_, failing_, refused_;
  int created_ = 0;
  std::map<std::string, int> ended_;
};

}  // namespace kedge::soak
