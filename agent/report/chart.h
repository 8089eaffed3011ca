// Lanes over a time axis, drawn as SVG. The axis is true: as many milliseconds as wide, wherever one looks.
// Widths are percentages, so that a chart fits a telephone as well as a printed page, with letters of the
// same size. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/markup.h"

namespace kedge::report {

// What a bar or a mark is about; a colour of the style sheet, and for marks a shape too.
enum class Tone {
  kWait,      // nothing is done: queued, paused, rebooting, waiting for the service
  kCheck,     // checks before anything is changed
  kProtect,   // a snapshot
  kRun,       // forward
  kFailed,    // forward, and it failed
  kStop,      // being stopped
  kUndo,      // being undone
  kGood,      // done, verified
  kBad,       // not undone, differs
  kDoubt,     // not known
  kSent,      // a message to the service
  kReceived,  // a message from the service
  kLost,      // a message that did not arrive
  kEvent,     // anything else worth a mark
  kCancel,    // somebody called it off
};

// From `from` to `to`, in milliseconds of the axis.
struct Bar {
  int64_t from = 0;
  int64_t to = 0;
  Tone tone = Tone::kRun;
  std::string title;     // shown when it is pointed at
  bool is_open = false;  // its end is not known, or has not come yet
};

struct Mark {
  int64_t at = 0;
  Tone tone = Tone::kEvent;
  std::string title;
};

struct Lane {
  std::string name;
  std::string more;  // beneath the name: how it ended
  std::vector<Bar> bars;
  std::vector<Mark> marks;
};

// A line through all lanes.
struct Rule {
  int64_t at = 0;
  Tone tone = Tone::kEvent;
  std::string title;
};

struct Chart {
  int64_t from = 0;
  int64_t to = 0;  // not before `from`
  std::vector<Lane> lanes;
  std::vector<Rule> rules;
};

// The moments at which the axis is labelled, from 0: round ones, at most seven.
std::vector<int64_t> Ticks(int64_t length);

// Marks and bars that would lie on one another are drawn as one, which says how many they are.
Markup Draw(const Chart& chart);
// One lane alone, for a table: on the axis of `frame`, whose own lanes do not matter.
Markup DrawStrip(const Lane& lane, const Chart& frame);
// What the colours mean, of those that the charts use.
Markup Legend(const std::vector<Chart>& charts);

}  // namespace kedge::report
