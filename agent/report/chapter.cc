#include "report/chapter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "report/times.h"

namespace kedge::report {
namespace {

// "step 2/3 'configure': exit status 3; took ..." without what the lane is called anyway.
std::string WithoutLabel(const std::string& text) {
  const size_t end = text.starts_with("step ") ? text.find("': ") : std::string::npos;
  return end == std::string::npos ? text : text.substr(end + 3);
}

bool EndedWith(const HistoryEntry& entry, std::string_view status) {
  const std::string ending = WithoutLabel(entry.text);
  const std::string_view words = std::string_view(ending).substr(0, ending.find(';'));
  return words == "exit status " + std::string(status);
}

Tone ToneOfEnd(const HistoryEntry& entry) {
  // 75 and 194: it asks to be called again (handlers/PROTOCOL.md).
  return EndedWith(entry, "0") || EndedWith(entry, "75") || EndedWith(entry, "194") ? Tone::kRun
                                                                                    : Tone::kFailed;
}

Tone ToneOfVerdict(const std::string& text) {
  return text.ends_with("verdict safe")     ? Tone::kGood
         : text.ends_with("verdict unsafe") ? Tone::kBad
                                            : Tone::kDoubt;
}

// A lane, and the bar that is being drawn in it.
class Pen {
 public:
  Lane& lane() { return lane_; }
  bool IsDown() const { return bar_.has_value(); }
  void Down(int64_t at, Tone tone, const std::string& title) {
    Up(at);
    bar_ = Bar{at, at, tone, title, false};
  }
  void Up(int64_t at) {
    if (bar_) Put(at, bar_->tone, bar_->title, false);
  }
  void Put(int64_t at, Tone tone, const std::string& title, bool is_open) {
    if (!bar_) return;
    bar_->tone = tone;
    bar_->to = at;
    bar_->is_open = is_open;
    bar_->title = title + " (" + Span(at - bar_->from) + ")";
    lane_.bars.push_back(*std::exchange(bar_, std::nullopt));
  }
  void Finish(int64_t end) {
    if (bar_) Put(end, bar_->tone, bar_->title + ", not ended", true);
  }
  void Whole(int64_t from, int64_t to, Tone tone, const std::string& title) {
    lane_.bars.push_back({from, to, tone, title + " (" + Span(to - from) + ")", false});
  }
  void Dot(int64_t at, Tone tone, const std::string& title) { lane_.marks.push_back({at, tone, title}); }

 private:
  Lane lane_;
  std::optional<Bar> bar_;
};

class Teller {
 public:
  Teller(const std::vector<std::string>& names, Chart& chart)
      : chart_(chart), steps_(names.size()), before_(chart.from) {
    service_.lane().name = "Service";
    job_.lane().name = "Job";
    for (size_t i = 0; i < names.size(); ++i) {
      steps_[i].lane().name = std::to_string(i + 1) + (names[i].empty() ? "" : " " + names[i]);
    }
  }

  void Tell(const HistoryEntry& entry, int64_t at) {
    const size_t step = entry.step.value_or(steps_.size());
    pen_ = step < steps_.size() ? &steps_[step] : &nowhere_;
    title_ = TimeOfDay(entry.wall) + " " + entry.kind + ": " + entry.text;
    if (!Forward(entry, at) && !Waiting(entry, at) && !TurnedBack(entry, at) && !Undoing(entry, at))
      Else(entry, at);
    before_ = at;
  }

  std::optional<int64_t> turned_back() const { return turned_back_; }

  void Finish(int64_t end) {
    service_.Finish(end);
    job_.Finish(end);
    chart_.lanes = {std::move(service_.lane()), std::move(job_.lane())};
    for (Pen& step : steps_) {
      step.Finish(end);
      if (step.lane().more.empty() && step.lane().bars.empty()) step.lane().more = "nothing of it ran";
      chart_.lanes.push_back(std::move(step.lane()));
    }
  }

 private:
  bool Forward(const HistoryEntry& entry, int64_t at) {
    const std::string& kind = entry.kind;
    if (kind == "offered") {
      service_.Dot(at, Tone::kReceived, title_);
      job_.Down(at, Tone::kCheck, "checked, and IN_PROGRESS sent");
    } else if (kind == "accepted") {
      service_.Dot(at, Tone::kReceived, title_);
      job_.Down(at, Tone::kRun, "steps run");
    } else if (kind == "protected") {
      pen_->Whole(before_, at, Tone::kProtect, title_);
    } else if (kind == "step-started") {
      job_.Down(at, Tone::kRun, "steps run");
      pen_->Down(at, Tone::kRun, title_);
    } else if (kind == "step-ended") {
      const std::string how = WithoutLabel(entry.text);
      // When it ended nobody knows: the agent was not there.
      const bool is_known = !how.starts_with("interrupted");
      pen_->Put(at, is_known ? ToneOfEnd(entry) : Tone::kRun, title_, !is_known);
      pen_->lane().more = how;
      if (is_known && ToneOfEnd(entry) == Tone::kFailed) pen_->Dot(at, Tone::kFailed, title_);
    } else if (kind == "finishing") {
      service_.Dot(at, Tone::kSent, title_);
      service_.Down(at, Tone::kWait, "SUCCEEDED is sent; the service has not answered");
      job_.Down(at, Tone::kWait, "everything is done; the service has not accepted it");
    } else if (kind == "committed") {
      service_.Up(at);
      service_.Dot(at, Tone::kReceived, title_);
      job_.Up(at);
      job_.Dot(at, Tone::kGood, title_);
      chart_.rules.push_back({at, Tone::kGood, title_});
    } else {
      return false;
    }
    return true;
  }

  bool Waiting(const HistoryEntry& entry, int64_t at) {
    const std::string& kind = entry.kind;
    if (kind == "pausing" || kind == "rebooting") {
      job_.Down(at, Tone::kWait, kind == "pausing" ? "waits to be tried again" : "the device reboots");
      pen_->Down(at, Tone::kWait, title_);
    } else if (kind == "connecting") {
      service_.Down(at, Tone::kWait, "waits for an answer over a new connection");
      job_.Down(at, Tone::kWait, "waits for an answer over a new connection");
    } else if (kind == "connected") {
      service_.Up(at);
      service_.Dot(at, Tone::kReceived, title_);
      job_.Down(at, Tone::kRun, "steps run");
    } else if (kind == "restarted" || kind == "rebooted") {
      pen_->Dot(at, Tone::kEvent, title_);
      job_.Dot(at, Tone::kEvent, title_);
      chart_.rules.push_back({at, Tone::kEvent, title_});
    } else {
      return false;
    }
    return true;
  }

  void TurnBack(int64_t at) {
    if (!turned_back_) chart_.rules.push_back({at, Tone::kCancel, title_});
    turned_back_ = turned_back_.value_or(at);
  }

  bool TurnedBack(const HistoryEntry& entry, int64_t at) {
    const std::string& kind = entry.kind;
    if (kind == "cancel-requested") {
      TurnBack(at);
      job_.Dot(at, Tone::kCancel, title_);
    } else if (kind == "lost") {
      // After the verdict it is what the refusal of the final status tells.
      if (!has_verdict_) TurnBack(at);
      service_.Up(at);
      service_.Dot(at, Tone::kReceived, title_);
    } else if (kind == "called-off") {
      TurnBack(at);
      job_.Down(at, Tone::kStop, "the step is stopped");
      if (pen_->IsDown()) pen_->Down(at, Tone::kStop, title_);
    } else if (kind == "stopped") {
      pen_->Put(at, Tone::kStop, title_, false);
      pen_->Dot(at, Tone::kStop, title_);
      pen_->lane().more = WithoutLabel(entry.text);
    } else if (kind == "refused") {
      TurnBack(at);
      job_.Down(at, Tone::kWait, "refused; the final status is sent");
      job_.Dot(at, Tone::kBad, title_);
    } else if (kind == "rolling-back" || kind == "rollback-requested") {
      TurnBack(at);
      for (Pen& step : steps_) step.Up(at);
      job_.Down(at, Tone::kUndo, "what was done is undone");
      undo_from_ = at;
      is_retry_ = is_retry_ || kind == "rollback-requested";
    } else {
      return false;
    }
    return true;
  }

  bool Undoing(const HistoryEntry& entry, int64_t at) {
    const std::string& kind = entry.kind;
    if (kind == "undone" || kind == "not-undone" || kind == "undo-failed") {
      const bool is_verified = entry.text.ends_with(" verified");
      if (kind != "not-undone") pen_->Whole(undo_from_.value_or(before_), at, Tone::kUndo, title_);
      pen_->Dot(at, kind == "undo-failed" ? Tone::kBad : is_verified ? Tone::kGood : Tone::kDoubt, title_);
      std::string& more = pen_->lane().more;
      const std::string words = kind == "not-undone"    ? "not undone: no way back"
                                : kind == "undo-failed" ? "undo failed"
                                : is_verified           ? "undone and verified"
                                                        : "undone, not verified";
      // Each once, however often it was tried.
      if (!more.ends_with(words)) more += (more.empty() ? "" : "; ") + words;
      undo_from_ = at;
    } else if (kind == "verdict") {
      has_verdict_ = true;
      if (!is_retry_) {  // of another attempt the service is not told
        service_.Dot(at, Tone::kSent, title_ + "; the final status is sent");
        service_.Down(at, Tone::kWait, "the final status is sent; the service has not answered");
      }
      job_.Down(at, Tone::kWait, "the final status is sent");
      job_.Dot(at, ToneOfVerdict(entry.text), title_);
      chart_.rules.push_back({at, ToneOfVerdict(entry.text), title_});
    } else if (kind == "reported" || kind == "not-ours") {
      service_.Up(at);
      service_.Dot(at, Tone::kReceived, title_);
    } else if (kind == "closed") {
      service_.Up(at);
      job_.Up(at);
      job_.lane().more = entry.text;
    } else {
      return false;
    }
    return true;
  }

  void Else(const HistoryEntry& entry, int64_t at) {
    const bool is_bad =
        entry.kind == "quarantined" || entry.kind == "survives" || entry.kind == "journal-anew";
    Pen& pen = pen_ == &nowhere_ ? job_ : *pen_;
    pen.Dot(at, is_bad ? Tone::kBad : Tone::kEvent, title_);
  }

  Chart& chart_;
  Pen service_;
  Pen job_;
  std::vector<Pen> steps_;
  Pen nowhere_;         // for an entry of no step
  Pen* pen_ = nullptr;  // of the entry's step
  std::string title_;   // of the entry
  int64_t before_;      // where the last entry stands
  std::optional<int64_t> undo_from_;
  std::optional<int64_t> turned_back_;
  bool has_verdict_ = false;
  bool is_retry_ = false;
};

// What a closer look at the end shows, where the end is small beside the whole.
std::optional<Chart> WayBack(const Chart& chart, std::optional<int64_t> turned_back) {
  constexpr int64_t kShort = 4;  // times in the whole
  if (!turned_back || *turned_back == chart.to) return std::nullopt;
  if ((chart.to - *turned_back) * kShort > chart.to - chart.from) return std::nullopt;
  Chart closer = chart;
  closer.from = *turned_back;
  std::erase_if(closer.lanes, [&](const Lane& lane) {
    return std::none_of(lane.bars.begin(), lane.bars.end(),
                        [&](const Bar& bar) { return bar.to > closer.from; }) &&
           std::none_of(lane.marks.begin(), lane.marks.end(),
                        [&](const Mark& mark) { return mark.at >= closer.from; });
  });
  return closer;
}

}  // namespace

void TellChapter(Chapter& chapter, const std::vector<HistoryEntry>& entries, const Axis& axis,
                 const std::vector<std::string>& names, int64_t end) {
  chapter.chart.from = axis.at[chapter.first];
  chapter.chart.to = std::max(end, chapter.chart.from);
  Teller teller(names, chapter.chart);
  for (size_t i = chapter.first; i < chapter.end; ++i) teller.Tell(entries[i], axis.at[i]);
  teller.Finish(chapter.chart.to);
  chapter.way_back = WayBack(chapter.chart, teller.turned_back());
}

}  // namespace kedge::report
