// A client of the broker that only listens: mosquitto_sub, and a thread that reads what it prints. Not Paho:
// its receiving thread, once it had nothing to do for a second, sleeps for 100 ms, and what comes in that
// time would be heard late.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rig/rig.h"

namespace kedge::bench {

class Listener {
 public:
  // `at`: nanoseconds of this machine's monotonic clock, when the line came here. Called on the listener's
  // thread.
  using OnMessage = std::function<void(int64_t at, const std::string& topic, const std::string& payload)>;

  // Returns when it hears: what is said before that is lost. One of `filters` has to match everything beneath
  // the thing's jobs topic. Nothing retained is heard. Throws std::runtime_error.
  Listener(rig::Rig& rig, const std::vector<std::string>& filters, OnMessage on_message);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void Start(const rig::Rig& rig, const std::vector<std::string>& filters);
  void Read();
  void WaitUntilItHears(rig::Rig& rig);

  const OnMessage on_message_;
  FILE* output_ = nullptr;
  pid_t pid_ = -1;
  std::mutex mutex_;
  std::condition_variable heard_;
  bool hears_ = false;
  std::thread reader_;
};

}  // namespace kedge::bench
