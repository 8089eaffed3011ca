#include "report/story.h"

#include <algorithm>
#include <cstdlib>

#include "core/job_document.h"
#include "report/chapter.h"
#include "report/times.h"

namespace kedge::report {
namespace {

// No execution that anybody waits for has a longer silence; a board without a battery comes up in 1970.
constexpr int64_t kLongestSilence = int64_t{31} * 24 * 3600 * 1000;
// Below this a clock is being corrected, not set.
constexpr int64_t kCorrection = 1000;

std::string Between(size_t i, const std::string& what) {
  return "Between events " + std::to_string(i) + " and " + std::to_string(i + 1) + " " + what;
}

// Later entries of an execution that is over belong to another chapter.
std::vector<Chapter> Chapters(const std::vector<HistoryEntry>& entries) {
  std::vector<Chapter> chapters;
  bool is_over = true;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (is_over) chapters.push_back({.title = {}, .first = i, .end = i, .chart = {}, .way_back = {}});
    chapters.back().end = i + 1;
    // That a quarantine is lifted afterwards takes no time.
    is_over = entries[i].kind == "closed" || entries[i].kind == "cleared";
  }
  for (size_t i = 1; i < chapters.size(); ++i) chapters[i].title = entries[chapters[i].first].text;
  return chapters;
}

}  // namespace

Axis AxisOf(const std::vector<HistoryEntry>& entries) {
  Axis axis;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i == 0) {
      axis.at.push_back(0);
      continue;
    }
    const int64_t delta = Sane(entries[i].wall) - Sane(entries[i - 1].wall);
    const bool is_believed = delta >= 0 && delta <= kLongestSilence;
    axis.at.push_back(axis.at.back() + (is_believed ? delta : 0));
    if (delta <= -kCorrection) {
      axis.notes.push_back(Between(i, "the device's clock was set back by " + Span(-delta) +
                                          ": how long it really was is not known, and drawn as nothing."));
    } else if (delta > kLongestSilence) {
      axis.notes.push_back(Between(i, "the device's clock went ahead by " + Span(delta) +
                                          ": it was set, or the device was off; drawn as nothing."));
    }
  }
  return axis;
}

std::vector<std::string> StepNames(const std::string& document, const std::vector<HistoryEntry>& entries) {
  std::vector<std::string> names;
  if (const auto parsed = ParseJobDocument(document)) {
    for (const Step& step : parsed->steps) names.push_back(step.name);
  }
  for (const HistoryEntry& entry : entries) {
    if (entry.step && *entry.step < kMaxSteps) names.resize(std::max(names.size(), *entry.step + 1));
  }
  return names;
}

Story StoryOf(const PastExecution& execution, const std::vector<HistoryEntry>& entries, int64_t now) {
  Story story;
  story.axis = AxisOf(entries);
  story.chapters = Chapters(entries);
  if (story.chapters.empty()) return story;
  const std::vector<std::string> names = StepNames(execution.document, entries);
  for (Chapter& chapter : story.chapters) {
    const bool is_last = chapter.end == entries.size();
    int64_t end = story.axis.at[chapter.end - 1];
    if (is_last && execution.closed_wall == 0) {
      end += std::clamp<int64_t>(Sane(now) - Sane(entries.back().wall), 0, kLongestSilence);
    }
    TellChapter(chapter, entries, story.axis, names, end);
  }
  std::erase_if(story.chapters,
                [](const Chapter& chapter) { return chapter.chart.from == chapter.chart.to; });
  return story;
}

}  // namespace kedge::report
