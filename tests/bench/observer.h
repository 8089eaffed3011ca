// When each message about a job passed, on this machine's monotonic clock. It hears both sides through the
// same broker, so what its own hearing costs falls out of a difference.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bench/listener.h"
#include "rig/rig.h"

namespace kedge::bench {

// The way of one job, in nanoseconds; 0: did not happen yet.
struct Trip {
  int64_t offered = 0;   // the service names it: notify-next, or the answer to $next/get
  int64_t asked = 0;     // the device sends IN_PROGRESS
  int64_t accepted = 0;  // and the service accepts it
  int64_t finished = 0;  // the device sends SUCCEEDED
  int64_t done = 0;      // and the service accepts it
};

class Observer {
 public:
  Observer(rig::Rig& rig, const std::string& thing);
  ~Observer();

  // Until the service accepted the job's SUCCEEDED. A trip with done == 0 when that did not come in time.
  Trip WaitDone(const std::string& job, std::chrono::milliseconds limit);
  Trip TripOf(const std::string& job);
  // When the device was first heard since ForgetDevice; throws when that does not come in time.
  int64_t WaitForDevice(std::chrono::milliseconds limit);
  void ForgetDevice();
  // Until the device's state topic tells of this job.
  void WaitForState(const std::string& job, std::chrono::milliseconds limit);

 private:
  void Hear(int64_t at, const std::string& topic, const std::string& payload);
  void HearJobs(int64_t at, const std::string& topic, const std::string& payload);

  rig::Rig& rig_;
  const std::string jobs_;   // "$aws/things/THING/jobs/"
  const std::string state_;  // the device's state topic
  std::mutex mutex_;
  std::condition_variable heard_;
  std::map<std::string, Trip> trips_;
  std::map<std::string, std::string> tokens_;  // of an update that is not answered yet: its status
  int64_t device_ = 0;
  std::string last_state_;
  std::unique_ptr<Listener> listener_;  // last: calls the rest
};

}  // namespace kedge::bench
