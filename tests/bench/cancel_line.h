// Jobs whose step starts many processes and changes protected files, cancelled by force one after another;
// and a judgement of what each left behind.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "bench/cancel_observer.h"
#include "bench/step_watch.h"
#include "rig/rig.h"

namespace kedge::bench {

inline constexpr int kProtectedFiles = 10;
inline constexpr size_t kProtectedBytes = 16384;  // each

struct CancelKind {
  int processes = 1;  // of the step
  bool obeys = true;  // they end on SIGTERM; false: they ignore it
};

struct Cancelled {
  int64_t called = 0;  // just before the service was called; nanoseconds on the monotonic clock, as all here
  CancelTold told;
  StepSeen seen;
  std::vector<std::string> wrong;  // what should not be; empty: a good cancel
};

class CancelLine {
 public:
  CancelLine(rig::Rig& rig, CancelObserver& observer);

  // Runs a job until all processes are there and all files changed, cancels it, waits for the verdict. Throws
  // std::runtime_error when that does not come.
  Cancelled Cancel(const CancelKind& kind);

 private:
  std::string Start(const CancelKind& kind);  // the job's name
  std::vector<pid_t> StartedPids() const;
  void Judge(const std::string& job, const std::string& group, const std::vector<pid_t>& pids,
             Cancelled* done);
  void JudgeFiles(std::vector<std::string>* wrong);

  rig::Rig& rig_;
  CancelObserver& observer_;
  const std::string ready_;
  std::vector<KeptFile> files_;
  std::vector<struct stat> stats_;  // of the files
  int created_ = 0;
};

}  // namespace kedge::bench
