#include "report/story.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "report/samples.h"

namespace kedge::report {
namespace {

Story Tell(const ExecutionReport& report) { return StoryOf(report.execution, report.entries, report.now); }

const Lane& LaneOf(const Chart& chart, const std::string& name) {
  const auto found = std::find_if(chart.lanes.begin(), chart.lanes.end(),
                                  [&](const Lane& lane) { return lane.name == name; });
  REQUIRE(found != chart.lanes.end());
  return *found;
}

// "run 160-2160, undo 11900-12300"
std::string Bars(const Lane& lane) {
  std::string text;
  for (const Bar& bar : lane.bars) {
    const char* tone = bar.tone == Tone::kRun       ? "run"
                       : bar.tone == Tone::kStop    ? "stop"
                       : bar.tone == Tone::kUndo    ? "undo"
                       : bar.tone == Tone::kProtect ? "protect"
                       : bar.tone == Tone::kCheck   ? "check"
                       : bar.tone == Tone::kWait    ? "wait"
                       : bar.tone == Tone::kFailed  ? "failed"
                                                    : "?";
    text += (text.empty() ? "" : ", ") + std::string(tone) + " " + std::to_string(bar.from) + "-" +
            std::to_string(bar.to) + (bar.is_open ? " open" : "");
  }
  return text;
}
size_t Marks(const Lane& lane, Tone tone) {
  return static_cast<size_t>(std::count_if(lane.marks.begin(), lane.marks.end(),
                                           [tone](const Mark& mark) { return mark.tone == tone; }));
}

TEST_CASE("a cancelled execution: each step's lane has what was done, stopped and undone") {
  const Story story = Tell(Cancelled());
  REQUIRE(story.chapters.size() == 1);
  const Chart& chart = story.chapters[0].chart;
  CHECK(chart.from == 0);
  CHECK(chart.to == 12'345);
  CHECK(Bars(LaneOf(chart, "Job")) ==
        "check 0-150, run 150-160, run 160-2170, run 2170-11000, stop 11000-11500, "
        "undo 11500-12300, wait 12300-12345");
  CHECK(Bars(LaneOf(chart, "1 fetch")) == "protect 150-155, run 160-2160, undo 11900-12300");
  CHECK(Bars(LaneOf(chart, "2 configure")) == "run 2170-11000, stop 11000-11500, undo 11500-11900");
  CHECK(Bars(LaneOf(chart, "Service")) == "wait 12300-12345");
  CHECK(Marks(LaneOf(chart, "Service"), Tone::kReceived) == 3);
  CHECK(Marks(LaneOf(chart, "Service"), Tone::kSent) == 1);
  CHECK(LaneOf(chart, "1 fetch").more == "exit status 0; took 2 s; undone and verified");
  REQUIRE(chart.rules.size() == 2);
  CHECK(chart.rules[0].at == 11'000);
  CHECK(chart.rules[0].tone == Tone::kCancel);
  CHECK(chart.rules[1].tone == Tone::kGood);
  REQUIRE(story.chapters[0].way_back);
  CHECK(story.chapters[0].way_back->from == 11'000);
}

TEST_CASE("a clock that is set back moves nothing to the left, and is told") {
  ExecutionReport report = Cancelled();
  for (size_t i = 5; i < report.entries.size(); ++i) report.entries[i].wall -= 3'600'000;
  const Story story = Tell(report);
  CHECK(std::is_sorted(story.axis.at.begin(), story.axis.at.end()));
  CHECK(story.axis.at[5] == story.axis.at[4]);
  CHECK(story.axis.at.back() == 12'345 - 10);
  REQUIRE(story.axis.notes.size() == 1);
  CHECK(story.axis.notes[0].starts_with(
      "Between events 5 and 6 the device's clock was set back by 59 min 59 s"));
}

TEST_CASE("a board that came up in 1970 does not make the axis 56 years long") {
  ExecutionReport report = Cancelled();
  for (size_t i = 0; i < 4; ++i) report.entries[i].wall -= kWall;
  const Story story = Tell(report);
  CHECK(story.axis.at.back() < 12'345);
  REQUIRE(story.axis.notes.size() == 1);
  CHECK(story.axis.notes[0].find("went ahead by") != std::string::npos);
}

TEST_CASE("times beyond all years break nothing") {
  ExecutionReport report = Cancelled();
  report.entries[3].wall = INT64_MAX;
  report.entries[4].wall = INT64_MIN;
  report.now = INT64_MIN;
  report.execution.closed_wall = 0;
  const Story story = Tell(report);
  CHECK(std::is_sorted(story.axis.at.begin(), story.axis.at.end()));
  CHECK(story.axis.at.back() <= 12'345);
}

TEST_CASE("an execution that goes on is drawn until now, with open ends") {
  ExecutionReport report = Cancelled();
  report.execution.closed_wall = 0;
  report.entries.resize(6);
  report.now = kWall + 20'000;
  const Story story = Tell(report);
  REQUIRE(story.chapters.size() == 1);
  CHECK(story.chapters[0].chart.to == 20'000);
  CHECK(Bars(LaneOf(story.chapters[0].chart, "2 configure")) == "run 2170-20000 open");
  CHECK(!story.chapters[0].way_back);
}

TEST_CASE("no entries tell no story") {
  ExecutionReport report = Cancelled();
  report.entries.clear();
  CHECK(Tell(report).chapters.empty());
}

TEST_CASE("another attempt, days later, is a chapter of its own, and lifting the quarantine is none") {
  ExecutionReport report = Cancelled();
  const int64_t later = 2 * 24 * 3'600'000;
  report.entries.push_back(Entry(later, "rollback-requested", "another attempt to undo it, by root"));
  report.entries.push_back(Entry(later + 10, "rolling-back", "the service ended it: CANCELED"));
  report.entries.push_back(Entry(later + 900, "undone", "step 1/2 'fetch' is undone", 0));
  report.entries.push_back(Entry(later + 950, "verdict", "verdict unknown"));
  report.entries.push_back(Entry(later + 950, "closed", "tried again: verdict unknown"));
  report.entries.push_back(Entry(2 * later, "cleared", "the quarantine was lifted by root"));
  const Story story = Tell(report);
  REQUIRE(story.chapters.size() == 2);
  CHECK(story.chapters[0].chart.to == 12'345);
  CHECK(story.chapters[1].title == "another attempt to undo it, by root");
  CHECK(story.chapters[1].chart.to - story.chapters[1].chart.from == 950);
  const Lane& step = LaneOf(story.chapters[1].chart, "1 fetch");
  CHECK(step.more == "undone, not verified");
  CHECK(Marks(step, Tone::kDoubt) == 1);
  CHECK(Marks(LaneOf(story.chapters[1].chart, "Service"), Tone::kSent) == 0);
}

TEST_CASE("a step that was interrupted by a power cut is open-ended, and goes on in the same lane") {
  ExecutionReport report = Cancelled();
  report.entries.resize(6);
  report.entries.push_back(
      Entry(5000, "restarted", "the device was rebooted while run of step 2/2 'configure' ran", 1));
  report.entries.push_back(Entry(5100, "step-ended", "step 2/2 'configure': interrupted; took 3 s", 1));
  report.entries.push_back(Entry(5110, "step-started", "step 2/2 'configure'", 1));
  report.entries.push_back(Entry(6000, "step-ended", "step 2/2 'configure': exit status 3; took 890 ms", 1));
  const Story story = Tell(report);
  const Chart& chart = story.chapters.at(0).chart;
  CHECK(Bars(LaneOf(chart, "2 configure")) == "run 2170-5100 open, failed 5110-6000");
  CHECK(chart.rules.at(0).at == 5000);
}

TEST_CASE("steps that no document has are drawn up to a limit") {
  ExecutionReport report = Cancelled();
  report.execution.document = "not a document";
  report.entries[7].step = 5;
  report.entries[8].step = SIZE_MAX;
  const Story story = Tell(report);
  CHECK(story.chapters.at(0).chart.lanes.size() == 2 + 6);
}

}  // namespace
}  // namespace kedge::report
