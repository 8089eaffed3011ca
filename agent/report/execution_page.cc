#include "report/execution_page.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "report/findings.h"
#include "report/page.h"
#include "report/times.h"

namespace kedge::report {
namespace {

class ExecutionPageMaker {
 public:
  explicit ExecutionPageMaker(const ExecutionReport& report)
      : report_(report), story_(StoryOf(report.execution, report.entries, report.now)) {}

  std::string Make() {
    const std::string job = report_.execution.id.job.value;
    body_.Add(Header()).Add(Differences()).Add(Timeline()).Add(Events()).Add(Outputs()).Add(Document());
    return Page("Kedge: " + job, std::move(body_), report_.now);
  }

 private:
  static void Fact(Markup& html, const std::string& name, const std::string& value) {
    if (!value.empty()) html.Leaf("dt", {}, name).Leaf("dd", {}, value);
  }

  Markup Header() {
    const PastExecution& execution = report_.execution;
    Markup html;
    html.Open("header", {});
    html.Open("h1", {}).Text(execution.id.job.value + " ");
    html.Leaf("small", {},
              IsLocal(execution.id) ? "a local run" : "execution " + std::to_string(execution.id.number))
        .Close();
    html.Open("p", {{"class", "headline"}})
        .Add(Word(execution.status.empty() ? "end not known" : execution.status));
    if (!execution.verdict.empty()) html.Text("verdict").Add(Word(execution.verdict));
    html.Close();
    if (!execution.text.empty()) html.Leaf("p", {{"class", "why"}}, execution.text);
    html.Open("dl", {{"class", "facts"}});
    Fact(html, "Thing", report_.thing);
    for (const std::string& reason : ServiceReasons(report_.entries)) Fact(html, "The service says", reason);
    Fact(html, "Queued", execution.id.queued_at == 0 ? "" : Moment(execution.id.queued_at));
    Fact(html, "Offered", Moment(execution.offered_wall));
    Fact(html, "Closed", execution.closed_wall == 0 ? "not yet" : Moment(execution.closed_wall));
    Fact(html, "Took", Took());
    return std::move(html.Close().Close());
  }

  // By the axis, which has not gone back with the clock; the first chapter is the execution itself.
  std::string Took() const {
    if (report_.execution.closed_wall == 0 || story_.chapters.empty()) return "";
    const Chart& chart = story_.chapters.front().chart;
    return Span(chart.to - chart.from);
  }

  static void List(Markup& html, const char* heading, const std::vector<std::string>& items) {
    if (items.empty()) return;
    html.Leaf("h3", {}, heading).Open("ul", {});
    for (const std::string& item : items) html.Leaf("li", {}, item);
    html.Close();
  }

  Markup Differences() {
    Markup html;
    const Findings findings = FindingsIn(report_.entries);
    if (findings.empty()) return html;
    html.Open("section", {});
    html.Leaf("h2", {},
              findings.differences.empty() ? "What is not known to be as before"
                                           : "Recorded before the job, and observed after it");
    if (!findings.differences.empty()) {
      html.Open("div", {{"class", "scroll"}}).Open("table", {}).Open("tr", {});
      for (const char* heading : {"Where", "What", "Recorded", "Observed"}) html.Leaf("th", {}, heading);
      html.Close();
      for (const Difference& difference : findings.differences) {
        html.Open("tr", {});
        if (difference.recorded.empty()) {
          html.Leaf("td", {{"colspan", "4"}}, difference.where);
        } else {
          html.Leaf("td", {}, difference.where).Leaf("td", {}, difference.what);
          html.Leaf("td", {}, difference.recorded).Leaf("td", {}, difference.observed);
        }
        html.Close();
      }
      html.Close().Close();
    }
    List(html, "Without a way back", findings.no_way_back);
    List(html, "Undone, and not verified", findings.not_verified);
    return std::move(html.Close());
  }

  Markup Timeline() {
    Markup html;
    html.Open("section", {}).Leaf("h2", {}, "Timeline");
    if (story_.chapters.empty()) html.Leaf("p", {}, "The history has nothing that took any time.");
    std::vector<Chart> charts;
    for (const Chapter& chapter : story_.chapters) {
      if (!chapter.title.empty()) html.Leaf("h3", {}, "Later: " + chapter.title);
      html.Add(Draw(chapter.chart));
      if (chapter.way_back) {
        html.Leaf("h3", {},
                  "The same, closer: from where it turned back, " +
                      Span(chapter.way_back->from - chapter.chart.from) + " after the beginning");
        html.Add(Draw(*chapter.way_back));
      }
      charts.push_back(chapter.chart);
    }
    if (!charts.empty()) html.Add(Legend(charts));
    for (const std::string& note : story_.axis.notes) html.Leaf("p", {{"class", "note"}}, note);
    if (!charts.empty()) {
      html.Leaf("p", {{"class", "note"}},
                "Lines through all lanes: red, where it turned back; dotted, a restart, the verdict or the "
                "commit. From "
                "the device's journal, which dates what it decided: when a message left, and when the link "
                "was down, is "
                "not in it. A verification is part of the bar before it.");
    }
    return std::move(html.Close());
  }

  static const char* RowClass(const HistoryEntry& entry) {
    const std::string& kind = entry.kind;
    if (kind == "lost" || kind == "cancel-requested" || kind == "called-off") return "turn";
    if (kind == "undone" || kind == "committed") return "good";
    if (kind == "undo-failed" || kind == "quarantined" || kind == "not-undone" || kind == "survives")
      return "bad";
    return "";
  }

  void EventRow(Markup& html, size_t i) const {
    const HistoryEntry& entry = report_.entries[i];
    html.Open("tr", {{"class", RowClass(entry)}});
    html.Leaf("td", {{"class", "number"}}, std::to_string(i + 1));
    html.Leaf("td", {{"class", "time"}}, Moment(entry.wall).substr(0, 23));
    html.Leaf("td", {{"class", "number"}},
              i == 0 ? "" : "+" + Span(story_.axis.at[i] - story_.axis.at[i - 1]));
    html.Leaf("td", {{"class", "kind"}}, entry.kind);
    html.Leaf("td", {{"class", "wide"}}, entry.text).Close();
  }

  Markup Events() {
    const size_t all = report_.entries.size();
    Markup html;
    if (all == 0) return html;
    html.Open("section", {}).Leaf("h2", {}, "Events");
    html.Open("div", {{"class", "scroll"}}).Open("table", {{"class", "events"}}).Open("tr", {});
    html.Leaf("th", {{"class", "number"}}, "#")
        .Leaf("th", {}, "Time (UTC)")
        .Leaf("th", {{"class", "number"}}, "After");
    html.Leaf("th", {}, "Event").Leaf("th", {}, "What").Close();
    const size_t head = all <= kMostEvents ? all : kMostEvents / 2;
    const size_t tail = all <= kMostEvents ? 0 : kMostEvents - head;
    for (size_t i = 0; i < head; ++i) EventRow(html, i);
    if (head + tail < all) {
      html.Open("tr", {{"class", "left-out"}})
          .Leaf("td", {{"colspan", "5"}}, LeftOut(head, all - tail))
          .Close();
    }
    for (size_t i = all - tail; i < all; ++i) EventRow(html, i);
    return std::move(html.Close().Close().Close());
  }

  std::string LeftOut(size_t from, size_t to) const {
    std::map<std::string, size_t> kinds;
    for (size_t i = from; i < to; ++i) ++kinds[report_.entries[i].kind];
    std::vector<std::pair<size_t, std::string>> most;
    for (const auto& [kind, count] : kinds) most.emplace_back(count, kind);
    std::sort(most.rbegin(), most.rend());
    std::string text =
        "events " + std::to_string(from + 1) + " to " + std::to_string(to) + " are left out here:";
    constexpr size_t kMostKinds = 12;
    for (size_t i = 0; i < std::min(most.size(), kMostKinds); ++i) {
      text += (i == 0 ? " " : ", ") + std::to_string(most[i].first) + " " + most[i].second;
    }
    return text + (most.size() > kMostKinds ? " and others" : "") +
           ". The timeline has them; kedge show --json has all of each.";
  }

  Markup Outputs() {
    Markup html;
    size_t shown = 0;
    size_t left_out = 0;
    for (const HistoryEntry& entry : report_.entries) {
      const auto [out, err] = StreamsOf(entry);
      if (out.empty() && err.empty()) continue;
      if (++shown > kMostOutputs) {
        ++left_out;
        continue;
      }
      if (html.empty()) html.Open("section", {}).Leaf("h2", {}, "Output");
      html.Open("details", {{"open", "open"}});
      html.Leaf("summary", {}, TimeOfDay(entry.wall) + "  " + entry.text);
      Stream(html, "stdout", out);
      Stream(html, "stderr", err);
      html.Close();
    }
    if (left_out > 0) {
      html.Leaf(
          "p", {{"class", "left-out"}},
          "The output of " + std::to_string(left_out) + " more tasks is left out; kedge show --json has it.");
    }
    return html;
  }
  static void Stream(Markup& html, const char* name, const std::string& text) {
    if (text.empty()) return;
    html.Leaf("p", {{"class", "note"}}, name).Add(Verbatim(text, kMostOutputBytes));
  }

  // Laid out when it is JSON; else as it is.
  Markup Document() {
    Markup html;
    std::string text = report_.execution.document;
    if (text.empty()) return html;
    const auto json = ParseJson(text, {.bytes = kMaxDocument, .depth = 64});
    if (json) text = json->dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    html.Open("section", {}).Leaf("h2", {}, "Job document").Add(Verbatim(text, kMaxDocument));
    return std::move(html.Close());
  }

  static constexpr size_t kMaxDocument = 256 * 1024;

  const ExecutionReport& report_;
  const Story story_;
  Markup body_;
};

}  // namespace

std::string ExecutionPage(const ExecutionReport& report) { return ExecutionPageMaker(report).Make(); }

}  // namespace kedge::report
