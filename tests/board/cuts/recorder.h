// Makes a recording (recording.h): jobs that are left alone and jobs that are cancelled by force, in turn,
// each cancelled a little later in its life than the one before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "board/cuts/recording.h"
#include "board/cuts/work.h"
#include "rig/service.h"

namespace kedge::board {

class Recorder {
 public:
  // `folder` is made anew.
  Recorder(const std::string& folder, const std::string& arch, int jobs);

  const std::string& folder() const { return recording_.folder; }
  const Recording& recording() const { return recording_; }
  std::string scratch() const { return recording_.folder + "/scratch"; }

  // Mounts `disk`, which must not be in use, prepares the files of all jobs on it, and keeps a copy as the
  // recording's base.
  void Begin(const std::string& disk) const;
  // `wait_until_idle`: of the device, which has nothing to do or to tell any more.
  void DoJobs(rig::Service& service, const std::function<void()>& wait_until_idle);
  // `log`: what was written since; it is no longer in use.
  void End(const std::string& log) const;

 private:
  std::chrono::milliseconds DoJob(rig::Service& service, std::size_t index,
                                  std::chrono::milliseconds cancel_after,
                                  const std::function<void()>& wait_until_idle);

  Recording recording_;
  std::vector<Work> works_;
};

}  // namespace kedge::board
