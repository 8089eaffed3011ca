#include "report/chart.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string_view>

#include "report/times.h"

namespace kedge::report {
namespace {

struct ToneWords {
  std::string_view css;
  std::string_view meaning;
  std::string_view shape;  // a path around 0,0; empty: never a mark
};

constexpr std::string_view kDown = "M-5-5h10l-5 10z";  // towards the device
constexpr std::string_view kUp = "M-5 5h10l-5-10z";    // towards the service
constexpr std::string_view kCross = "M-4.5-4.5l9 9m0-9l-9 9";
constexpr std::string_view kDot = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z";
constexpr std::string_view kDiamond = "M0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5z";
constexpr std::string_view kTick = "M-5 0l3.5 4l6-8";

// In the order of the legend.
constexpr std::array kTones = {
    std::pair{Tone::kWait, ToneWords{"wait", "waits", kDot}},
    std::pair{Tone::kCheck, ToneWords{"check", "is checked", kDot}},
    std::pair{Tone::kProtect, ToneWords{"protect", "is protected", kDot}},
    std::pair{Tone::kRun, ToneWords{"run", "runs", kDot}},
    std::pair{Tone::kFailed, ToneWords{"failed", "ran and failed", kCross}},
    std::pair{Tone::kStop, ToneWords{"stop", "is stopped", kCross}},
    std::pair{Tone::kUndo, ToneWords{"undo", "is undone and verified", kDot}},
    std::pair{Tone::kSent, ToneWords{"sent", "message to the service", kUp}},
    std::pair{Tone::kReceived, ToneWords{"received", "message from the service", kDown}},
    std::pair{Tone::kLost, ToneWords{"lost", "message that was lost", kDiamond}},
    std::pair{Tone::kCancel, ToneWords{"cancel", "called off", kDiamond}},
    std::pair{Tone::kGood, ToneWords{"good", "done", kTick}},
    std::pair{Tone::kDoubt, ToneWords{"doubt", "not known", kDiamond}},
    std::pair{Tone::kBad, ToneWords{"bad", "not undone", kCross}},
    std::pair{Tone::kEvent, ToneWords{"event", "event", kDot}},
};

const ToneWords& WordsOf(Tone tone) {
  const auto found =
      std::find_if(kTones.begin(), kTones.end(), [tone](const auto& known) { return known.first == tone; });
  return found->second;
}

std::string Class(std::string_view kind, Tone tone) {
  return std::string(kind) + " " + std::string(WordsOf(tone).css);
}

constexpr int64_t kSlots = 500;  // marks and bars within the same 500th of the width are one
constexpr size_t kMostTitles = 5;

class Scale {
 public:
  explicit Scale(const Chart& chart)
      : from_(chart.from), length_(std::max<int64_t>(1, chart.to - chart.from)) {}
  int64_t length() const { return length_; }
  bool Has(int64_t at) const { return at >= from_ && at <= from_ + length_; }
  int64_t Clamp(int64_t at) const { return std::clamp(at, from_, from_ + length_); }
  double Percent(int64_t at) const {
    return 100.0 * static_cast<double>(Clamp(at) - from_) / static_cast<double>(length_);
  }
  std::string X(int64_t at) const { return Text(Percent(at)); }
  std::string Width(int64_t from, int64_t to) const {
    return Text(std::max(0.0, Percent(to) - Percent(from)));
  }
  int64_t Slot(int64_t at) const { return static_cast<int64_t>(Percent(at) * kSlots / 100.0); }

 private:
  static std::string Text(double percent) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f%%", percent);
    return text;
  }
  int64_t from_;
  int64_t length_;
};

// What is drawn as one, and the titles of what it stands for.
template <typename Item>
struct Group {
  Item item;
  size_t count = 1;

  void Take(const Item& other) {
    if (++count <= kMostTitles) item.title += "\n" + other.title;
  }
  std::string Title() const {
    if (count == 1) return item.title;
    const std::string rest =
        count > kMostTitles ? "\n… and " + std::to_string(count - kMostTitles) + " more" : "";
    return std::to_string(count) + " of these:\n" + item.title + rest;
  }
};

std::vector<Group<Mark>> Grouped(std::vector<Mark> marks, const Scale& scale) {
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.at < b.at; });
  std::vector<Group<Mark>> groups;
  for (const Mark& mark : marks) {
    if (!scale.Has(mark.at)) continue;
    // Of the same tone only: a cancel must not vanish behind a message.
    const auto same = std::find_if(groups.rbegin(), groups.rend(), [&](const Group<Mark>& group) {
      return group.item.tone == mark.tone || scale.Slot(group.item.at) != scale.Slot(mark.at);
    });
    if (same != groups.rend() && same->item.tone == mark.tone &&
        scale.Slot(same->item.at) == scale.Slot(mark.at)) {
      same->Take(mark);
    } else {
      groups.push_back({mark});
    }
  }
  return groups;
}

std::vector<Group<Bar>> Grouped(std::vector<Bar> bars, const Scale& scale) {
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.from < b.from; });
  std::vector<Group<Bar>> groups;
  for (const Bar& bar : bars) {
    if (bar.from > scale.Clamp(bar.from) || bar.to < scale.Clamp(bar.to)) continue;  // outside altogether
    const auto same = std::find_if(groups.rbegin(), groups.rend(), [&](const Group<Bar>& group) {
      return group.item.tone == bar.tone || scale.Slot(group.item.from) != scale.Slot(bar.to);
    });
    if (same != groups.rend() && same->item.tone == bar.tone &&
        scale.Slot(same->item.from) == scale.Slot(bar.to)) {
      same->item.to = std::max(same->item.to, bar.to);
      same->Take(bar);
    } else {
      groups.push_back({bar});
    }
  }
  return groups;
}

Markup DrawBar(const Group<Bar>& group, const Scale& scale) {
  const Bar& bar = group.item;
  Markup svg;
  svg.Open("g", {{"class", Class("bar", bar.tone) + (bar.is_open ? " open" : "")}});
  svg.Leaf("title", {}, group.Title());
  svg.Empty(
      "rect",
      {{"x", scale.X(bar.from)}, {"y", "9"}, {"width", scale.Width(bar.from, bar.to)}, {"height", "16"}});
  // A bar of no width is not drawn, but what was short was there all the same.
  svg.Empty("line", {{"x1", scale.X(bar.from)}, {"x2", scale.X(bar.from)}, {"y1", "9"}, {"y2", "25"}});
  return std::move(svg.Close());
}

Markup DrawMark(const Group<Mark>& group, const Scale& scale) {
  const ToneWords& words = WordsOf(group.item.tone);
  Markup svg;
  svg.Open("svg", {{"class", Class("mark", group.item.tone)},
                   {"x", scale.X(group.item.at)},
                   {"y", "17"},
                   {"width", "1"},
                   {"height", "1"},
                   {"overflow", "visible"}});
  svg.Open("g", {}).Leaf("title", {}, group.Title());
  svg.Empty("path", {{"class", "halo"}, {"d", std::string(words.shape)}});
  svg.Empty("path", {{"d", std::string(words.shape)}});
  return std::move(svg.Close().Close());
}

Markup Line(const std::string& css, const std::string& x, const std::string& title) {
  Markup svg;
  svg.Open("g", {{"class", css}});
  if (!title.empty()) svg.Leaf("title", {}, title);
  svg.Empty("line", {{"x1", x}, {"x2", x}, {"y1", "0"}, {"y2", "100%"}});
  return std::move(svg.Close());
}

Markup DrawCell(const Lane& lane, const Chart& chart, const Scale& scale) {
  Markup html;
  html.Open("div", {{"class", "cell"}});
  html.Open("svg",
            {{"role", "img"}, {"aria-label", lane.name + (lane.more.empty() ? "" : ": " + lane.more)}});
  for (const int64_t tick : Ticks(scale.length())) html.Add(Line("grid", scale.X(chart.from + tick), ""));
  for (const auto& bar : Grouped(lane.bars, scale)) html.Add(DrawBar(bar, scale));
  for (const Rule& rule : chart.rules) {
    if (scale.Has(rule.at)) html.Add(Line(Class("rule", rule.tone), scale.X(rule.at), rule.title));
  }
  for (const auto& mark : Grouped(lane.marks, scale)) html.Add(DrawMark(mark, scale));
  return std::move(html.Close().Close());
}

Markup DrawLane(const Lane& lane, const Chart& chart, const Scale& scale) {
  Markup html;
  html.Open("div", {{"class", "row"}});
  html.Open("div", {{"class", "name"}}).Leaf("b", {}, lane.name);
  if (!lane.more.empty()) html.Text(" ").Leaf("small", {}, lane.more);
  html.Close().Add(DrawCell(lane, chart, scale));
  return std::move(html.Close());
}

Markup DrawAxis(const Scale& scale) {
  Markup html;
  html.Open("div", {{"class", "row axis"}}).Leaf("div", {{"class", "name"}}, "since the beginning");
  html.Open("div", {{"class", "cell"}})
      .Open("svg", {{"role", "img"}, {"aria-label", "time axis, " + Span(scale.length())}});
  size_t i = 0;
  for (const int64_t tick : Ticks(scale.length())) {
    const double percent = 100.0 * static_cast<double>(tick) / static_cast<double>(scale.length());
    char x[32];
    std::snprintf(x, sizeof x, "%.3f%%", percent);
    const char* anchor = i == 0 ? "start" : percent > 95 ? "end" : "middle";
    html.Leaf("text",
              {{"x", x}, {"y", "14"}, {"text-anchor", anchor}, {"class", i % 2 == 0 ? "even" : "odd"}},
              tick == 0 ? "0" : Span(tick));
    ++i;
  }
  return std::move(html.Close().Close().Close());
}

}  // namespace

std::vector<int64_t> Ticks(int64_t length) {
  constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  constexpr int64_t kMost = 6;  // and the one at 0
  constexpr std::array kSteps = {int64_t{1},   int64_t{2},   int64_t{5},   int64_t{10},  int64_t{20},
                                 int64_t{50},  int64_t{100}, int64_t{200}, int64_t{500}, kSecond,
                                 2 * kSecond,  5 * kSecond,  10 * kSecond, 15 * kSecond, 30 * kSecond,
                                 kMinute,      2 * kMinute,  5 * kMinute,  10 * kMinute, 15 * kMinute,
                                 30 * kMinute, kHour,        2 * kHour,    3 * kHour,    6 * kHour,
                                 12 * kHour,   kDay,         2 * kDay,     5 * kDay,     10 * kDay};
  length = std::max<int64_t>(length, 1);
  int64_t step = kSteps.back();
  for (const int64_t candidate : kSteps) {
    if (length / candidate > kMost) continue;
    step = candidate;
    break;
  }
  while (length / step > kMost) step *= 2;
  std::vector<int64_t> ticks;
  for (int64_t tick = 0; tick <= length; tick += step) ticks.push_back(tick);
  return ticks;
}

Markup Draw(const Chart& chart) {
  const Scale scale(chart);
  Markup html;
  html.Open("div", {{"class", "chart"}});
  html.Add(DrawAxis(scale));
  for (const Lane& lane : chart.lanes) html.Add(DrawLane(lane, chart, scale));
  return std::move(html.Close());
}

Markup DrawStrip(const Lane& lane, const Chart& frame) { return DrawCell(lane, frame, Scale(frame)); }

Markup Legend(const std::vector<Chart>& charts) {
  std::set<Tone> bars;
  std::set<Tone> marks;
  for (const Chart& chart : charts) {
    for (const Lane& lane : chart.lanes) {
      for (const Bar& bar : lane.bars) bars.insert(bar.tone);
      for (const Mark& mark : lane.marks) marks.insert(mark.tone);
    }
  }
  Markup html;
  html.Open("ul", {{"class", "legend"}});
  for (const auto& [tone, words] : kTones) {
    if (!bars.contains(tone) && !marks.contains(tone)) continue;
    html.Open("li", {}).Open("svg", {{"width", "18"}, {"height", "14"}, {"aria-hidden", "true"}});
    if (bars.contains(tone)) {
      html.Open("g", {{"class", Class("bar", tone)}});
      html.Empty("rect", {{"x", "1"}, {"y", "1"}, {"width", "16"}, {"height", "12"}}).Close();
    } else {
      html.Open("svg", {{"class", Class("mark", tone)},
                        {"x", "9"},
                        {"y", "7"},
                        {"width", "1"},
                        {"height", "1"},
                        {"overflow", "visible"}});
      html.Empty("path", {{"d", std::string(words.shape)}}).Close();
    }
    html.Close().Text(words.meaning).Close();
  }
  return std::move(html.Close());
}

}  // namespace kedge::report
