// What the history of an execution says, told as lanes over time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/past_execution.h"
#include "core/state.h"
#include "report/chart.h"

namespace kedge::report {

// Where each entry stands on the axis. Entries come in the order in which things happened; the clock by which
// they are dated may have been set meanwhile. It is believed as long as it goes forward by less than a month
// at a time; else the two entries stand at the same place, and `notes` says so.
struct Axis {
  std::vector<int64_t> at;  // milliseconds, never falling; the first is 0
  std::vector<std::string> notes;
};
Axis AxisOf(const std::vector<HistoryEntry>& entries);

// An execution is offered, worked on and closed; later it may be tried again to undo it, or be reported
// again. Each of these is a chapter.
struct Chapter {
  std::string title;  // "" for the first
  size_t first = 0;   // its entries
  size_t end = 0;
  Chart chart;
  std::optional<Chart>
      way_back;  // from where it turned back to the end, where that is short beside the whole
};

struct Story {
  Axis axis;
  std::vector<Chapter> chapters;  // those in which something took time
};

// `now`: milliseconds since the epoch; how far an unfinished execution is drawn.
Story StoryOf(const PastExecution& execution, const std::vector<HistoryEntry>& entries, int64_t now);

// Each step's name, as the document has it; as many as the document or the entries know of.
std::vector<std::string> StepNames(const std::string& document, const std::vector<HistoryEntry>& entries);

}  // namespace kedge::report
