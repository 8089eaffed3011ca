// What is said on the broker about a job that the service ends by force: when each message passed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "bench/listener.h"
#include "rig/rig.h"

namespace kedge::bench {

// Nanoseconds on the monotonic clock; 0: did not happen yet.
struct CancelTold {
  int64_t arrived = 0;    // the service's first notify or notify-next that does not name the job any more
  int64_t asked = 0;      // the device asks what has become of it
  int64_t answered = 0;   // and the service says so
  int64_t reported = 0;   // the device's last update, which has the verdict among its statusDetails
  int64_t published = 0;  // the device's state topic: the job is over, with its verdict
  std::string reported_verdict;
  std::string published_verdict;
  std::string published_status;
};

class CancelObserver {
 public:
  CancelObserver(rig::Rig& rig, const std::string& thing);

  void Expect(const std::string& job);  // from here on; to be called when the step runs
  // Until the verdict is published. published == 0 when that does not come in time.
  CancelTold Wait(std::chrono::milliseconds limit);

 private:
  void Hear(int64_t at, const std::string& topic, const std::string& payload);
  void HearState(int64_t at, const std::string& payload);
  void HearJobs(int64_t at, const std::string& topic, const std::string& payload);

  const std::string jobs_;   // "$aws/things/THING/jobs/"
  const std::string state_;  // the device's state topic
  std::mutex mutex_;
  std::condition_variable heard_;
  std::string job_;
  CancelTold told_;
  std::unique_ptr<Listener> listener_;  // last: calls the rest
};

}  // namespace kedge::bench
