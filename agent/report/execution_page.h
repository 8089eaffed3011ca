// The report of one execution of a job. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/story.h"

namespace kedge::report {

struct ExecutionReport {
  std::string thing;  // "": not known
  PastExecution execution;
  std::vector<HistoryEntry> entries;  // in order
  int64_t now = 0;                    // milliseconds since the epoch
};

// What is shown at most; what is left out is said where it is left out.
inline constexpr size_t kMostEvents = 1000;            // rows of the table
inline constexpr size_t kMostOutputs = 100;            // tasks whose output is shown
inline constexpr size_t kMostOutputBytes = 32 * 1024;  // of each stream

// A whole HTML document.
std::string ExecutionPage(const ExecutionReport& report);

}  // namespace kedge::report
