// polkit's place on a private bus, taken by a test: it records what it is asked and says what the test wants.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "core/job_execution.h"
#include "operator/bus.h"
#include "sys/event_loop.h"

namespace kedge::op {

class FakePolkit {
 public:
  enum class Says { kYes, kNo, kAuthenticateFirst, kNothing, kError, kNonsense };
  struct Question {
    std::string subject_kind;
    std::string subject;
    std::string action;
    DetailsMap details;
    uint32_t flags = 0;
    std::string cancellation;
  };

  // On the bus that is found as the system bus. Serves on `loop`, as the agent does.
  FakePolkit(sys::EventLoop& loop, Says says);
  FakePolkit(const FakePolkit&) = delete;
  FakePolkit& operator=(const FakePolkit&) = delete;

  // On the loop only: answers what it has said nothing to; leaves the bus.
  void AnswerHeld(bool yes);
  void Leave();
  // From any thread: how often it was asked, and had a question taken back; waits, for a limited time.
  bool WasAsked(int times) { return Reaches(asked_, times); }
  bool WasCancelled(int times) { return Reaches(cancelled_, times); }

  std::atomic<Says> says;
  // Once the loop has ended.
  std::vector<Question> questions;
  std::vector<std::string> cancellations;

 private:
  static int OnCheck(sd_bus_message* call, void* self, sd_bus_error*);
  static int OnCancel(sd_bus_message* call, void* self, sd_bus_error*);
  // Before sd-bus, which would see to it that the answer has the right types.
  static int OnAnything(sd_bus_message* call, void* self, sd_bus_error*);
  static const sd_bus_vtable kTable[];
  void Count(int& count);
  bool Reaches(const int& count, int times);

  std::mutex mutex_;
  std::condition_variable counted_;
  int asked_ = 0;
  int cancelled_ = 0;
  std::vector<BusMessage> held_;
  Bus bus_;
  BusSlot slot_;
  BusSlot filter_slot_;
};

}  // namespace kedge::op
