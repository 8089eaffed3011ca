// The report of many executions: of a drill, or of a fleet, as the service saw them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"

namespace kedge::report {

// Does the device stand where the service's record says that it stands?
enum class Agreement {
  kAgrees,   // SUCCEEDED and done; or ended otherwise, and back where it was or never begun
  kDoubt,    // nobody has said so, or the device itself does not know
  kDiffers,  // the device says that it does not
  kOpen,     // not over yet
};

struct Message {
  int64_t at = 0;  // milliseconds after it was queued
  Tone tone = Tone::kEvent;
  std::string what;
  std::string fate;  // "accepted", "lost", ...
};

// One execution. Times: milliseconds since the epoch, lengths in milliseconds.
struct Outcome {
  std::string run;  // which of several histories; "" when there is one
  std::string thing;
  std::string job;
  int64_t number = 1;
  std::string status;  // the wire word; "deleted"
  Agreement agreement = Agreement::kOpen;
  std::string why;
  std::string verdict;  // the device's, "" without one
  int64_t queued_at = 0;
  std::optional<int64_t> waited;     // until IN_PROGRESS was accepted
  std::optional<int64_t> ran;        // from then until it ended at the service
  std::optional<int64_t> came_back;  // from an end that the service made until the device's verdict
  Lane lane;                         // its times count from queued_at
  std::vector<Message> messages;
};

struct FleetReport {
  std::string title;
  std::vector<Outcome> outcomes;
  std::vector<std::string> notes;  // what should be known about the source
  int64_t made = 0;                // milliseconds since the epoch
};

// What is shown at most; what is left out is said. What needs looking at comes first.
inline constexpr size_t kMostOutcomes = 2000;
inline constexpr size_t kMostTold = 300;      // executions with their messages
inline constexpr size_t kMostMessages = 200;  // of an execution

// A whole HTML document.
std::string FleetPage(FleetReport report);

// The value below which `percent` of the sorted lengths are; 0 without any.
int64_t Percentile(const std::vector<int64_t>& sorted, int percent);

}  // namespace kedge::report
