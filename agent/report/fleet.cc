#include "report/fleet.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "report/histogram.h"
#include "report/page.h"
#include "report/times.h"

namespace kedge::report {
namespace {

struct Word4 {
  Agreement agreement;
  const char* word;
  const char* css;
  const char* tone;
};
// In the order in which they want to be looked at.
constexpr std::array kAgreements = {Word4{Agreement::kDiffers, "differs", "a-differs", "bad"},
                                    Word4{Agreement::kDoubt, "in doubt", "a-doubt", "doubt"},
                                    Word4{Agreement::kOpen, "not over", "a-open", "plain"},
                                    Word4{Agreement::kAgrees, "agrees", "a-agrees", "good"}};
const Word4& WordsOf(Agreement agreement) {
  return *std::find_if(kAgreements.begin(), kAgreements.end(),
                       [agreement](const Word4& words) { return words.agreement == agreement; });
}

// What the style sheet can filter by.
constexpr std::array<const char*, 9> kStatuses = {"SUCCEEDED", "FAILED",    "REJECTED",
                                                  "CANCELED",  "TIMED_OUT", "REMOVED",
                                                  "deleted",   "QUEUED",    "IN_PROGRESS"};

std::string Length(const std::optional<int64_t>& length) { return length ? Span(*length) : "-"; }

class FleetPageMaker {
 public:
  explicit FleetPageMaker(FleetReport report) : report_(std::move(report)) {
    std::stable_sort(
        report_.outcomes.begin(), report_.outcomes.end(),
        [](const Outcome& a, const Outcome& b) { return &WordsOf(a.agreement) < &WordsOf(b.agreement); });
    for (const Outcome& outcome : report_.outcomes) has_runs_ = has_runs_ || !outcome.run.empty();
    shown_ = std::min(report_.outcomes.size(), kMostOutcomes);
    frame_.to = LengthOfAxis();
  }

  std::string Make() {
    Markup body;
    body.Add(Header()).Add(Matrix()).Add(WaysBack()).Add(Executions()).Add(Messages());
    return Page(report_.title, std::move(body), report_.made);
  }

 private:
  static int64_t EndOf(const Outcome& outcome) {
    int64_t end = 1;
    for (const Bar& bar : outcome.lane.bars) end = std::max(end, bar.to);
    for (const Mark& mark : outcome.lane.marks) end = std::max(end, mark.at);
    return end;
  }
  // One axis for all, so that lengths can be compared; but not one that a single straggler makes useless.
  int64_t LengthOfAxis() {
    std::vector<int64_t> ends;
    for (const Outcome& outcome : report_.outcomes) ends.push_back(EndOf(outcome));
    std::sort(ends.begin(), ends.end());
    if (ends.empty()) return 1;
    constexpr int64_t kStraggler = 4;  // times the ninth of ten
    const int64_t usual = Percentile(ends, 90);
    is_cut_ = ends.back() > kStraggler * usual;
    return is_cut_ ? 2 * usual : ends.back();
  }

  static void Total(Markup& html, size_t count, const std::string& what, const char* tone) {
    html.Open("li", {{"class", count == 0 ? "" : tone}})
        .Leaf("b", {}, std::to_string(count))
        .Leaf("span", {}, what)
        .Close();
  }

  Markup Header() const {
    std::set<std::pair<std::string, std::string>> things;
    std::set<std::string> jobs;
    std::map<std::string, size_t> statuses;
    std::map<Agreement, size_t> agreements;
    for (const Outcome& outcome : report_.outcomes) {
      things.insert({outcome.run, outcome.thing});
      jobs.insert(outcome.job);
      ++statuses[outcome.status];
      ++agreements[outcome.agreement];
    }
    Markup html;
    html.Open("header", {}).Leaf("h1", {}, report_.title);
    html.Leaf("p", {{"class", "why"}},
              std::to_string(report_.outcomes.size()) + " executions, " + std::to_string(jobs.size()) +
                  " jobs, " + std::to_string(things.size()) +
                  (has_runs_ ? " things in all runs." : " things."));
    html.Open("ul", {{"class", "totals"}});
    for (const Word4& words : kAgreements) {
      const auto found = agreements.find(words.agreement);
      Total(html, found == agreements.end() ? 0 : found->second, words.word, words.tone);
    }
    for (const auto& [status, count] : statuses) Total(html, count, status, "plain");
    html.Close();
    html.Leaf("p", {{"class", "note"}},
              "Agrees: the service has SUCCEEDED and the device said so; or it ended otherwise, and the "
              "device said that "
              "everything is undone and verified, or had not begun.");
    for (const std::string& note : report_.notes) html.Leaf("p", {{"class", "note"}}, note);
    return std::move(html.Close());
  }

  // Things by jobs, where that fits on a page.
  Markup Matrix() const {
    constexpr size_t kMostColumns = 8, kMostRows = 200;
    std::vector<std::string> jobs;
    std::map<std::pair<std::string, std::string>, std::map<std::string, const Outcome*>> rows;
    for (const Outcome& outcome : report_.outcomes) {
      if (std::find(jobs.begin(), jobs.end(), outcome.job) == jobs.end()) jobs.push_back(outcome.job);
      const Outcome*& cell = rows[{outcome.run, outcome.thing}][outcome.job];
      if (cell == nullptr || cell->number < outcome.number) cell = &outcome;
    }
    Markup html;
    if (rows.size() < 2 || rows.size() > kMostRows || jobs.size() > kMostColumns) return html;
    std::sort(jobs.begin(), jobs.end());
    html.Open("section", {}).Leaf("h2", {}, "Things and jobs");
    html.Open("div", {{"class", "scroll"}}).Open("table", {}).Open("tr", {});
    if (has_runs_) html.Leaf("th", {}, "Run");
    html.Leaf("th", {}, "Thing");
    for (const std::string& job : jobs) html.Leaf("th", {}, job);
    html.Close();
    for (const auto& [name, cells] : rows) {
      html.Open("tr", {});
      if (has_runs_) html.Leaf("td", {}, name.first);
      html.Leaf("td", {}, name.second);
      for (const std::string& job : jobs) {
        html.Open("td", {});
        if (const auto cell = cells.find(job); cell != cells.end()) {
          const Word4& words = WordsOf(cell->second->agreement);
          html.Leaf("span", {{"class", "word " + std::string(words.tone)}, {"title", cell->second->why}},
                    cell->second->status);
        }
        html.Close();
      }
      html.Close();
    }
    return std::move(html.Close().Close().Close());
  }

  Markup WaysBack() const {
    std::vector<int64_t> lengths;
    for (const Outcome& outcome : report_.outcomes) {
      if (outcome.came_back) lengths.push_back(*outcome.came_back);
    }
    std::sort(lengths.begin(), lengths.end());
    Markup html;
    if (lengths.empty()) return html;
    html.Open("section", {}).Leaf("h2", {}, "From a cancel to the device's verdict");
    html.Leaf("p", {{"class", "note"}},
              std::to_string(lengths.size()) +
                  " executions that the service ended and the device spoke of afterwards: half "
                  "within " +
                  Span(Percentile(lengths, 50)) + ", nine of ten within " + Span(Percentile(lengths, 90)) +
                  ", all within " + Span(lengths.back()) +
                  ". Hearing of it, stopping, undoing and verifying are in it.");
    html.Add(DrawHistogram(Spread(lengths)));
    return std::move(html.Close());
  }

  static void Choice(Markup& html, const char* group, const std::string& id, const std::string& label,
                     bool is_chosen) {
    html.Open("label", {});
    if (is_chosen) {
      html.Empty("input", {{"type", "radio"}, {"name", group}, {"id", id}, {"checked", "checked"}});
    } else {
      html.Empty("input", {{"type", "radio"}, {"name", group}, {"id", id}});
    }
    html.Text(label).Close();
  }

  Markup Filter() const {
    Markup html;
    html.Open("fieldset", {{"class", "filter"}});
    Choice(html, "agreement", "a-all", "all", true);
    for (const Word4& words : kAgreements) Choice(html, "agreement", words.css, words.word, false);
    html.Close().Open("fieldset", {{"class", "filter"}});
    Choice(html, "status", "s-all", "every end", true);
    for (const char* status : kStatuses) {
      const auto has = [status](const Outcome& outcome) { return outcome.status == status; };
      if (std::any_of(report_.outcomes.begin(), report_.outcomes.end(), has)) {
        Choice(html, "status", std::string("s-") + status, status, false);
      }
    }
    return std::move(html.Close());
  }

  static std::string RowClass(const Outcome& outcome) {
    std::string css = std::string("x ") + WordsOf(outcome.agreement).css;
    for (const char* status : kStatuses) {
      if (outcome.status == status) css += std::string(" s-") + status;
    }
    return css;
  }

  void Row(Markup& html, size_t i) const {
    const Outcome& outcome = report_.outcomes[i];
    const Word4& words = WordsOf(outcome.agreement);
    html.Open("tr", {{"class", RowClass(outcome)}});
    if (has_runs_) html.Leaf("td", {}, outcome.run);
    html.Leaf("td", {}, outcome.thing);
    const std::string name = outcome.job + (outcome.number == 1 ? "" : " #" + std::to_string(outcome.number));
    html.Open("td", {});
    if (i < kMostTold) {
      html.Leaf("a", {{"href", "#e" + std::to_string(i)}}, name);
    } else {
      html.Text(name);
    }
    html.Close().Open("td", {}).Add(Word(outcome.status)).Close();
    html.Open("td", {}).Leaf("span", {{"class", "word " + std::string(words.tone)}}, words.word).Text(" ");
    html.Leaf("small", {}, outcome.why).Close();
    html.Leaf("td", {{"class", "number"}}, Length(outcome.waited));
    html.Leaf("td", {{"class", "number"}}, Length(outcome.ran));
    html.Leaf("td", {{"class", "number"}}, Length(outcome.came_back));
    html.Open("td", {{"class", "strip"}}).Add(DrawStrip(outcome.lane, frame_)).Close();
    html.Close();
  }

  Markup Executions() const {
    Markup html;
    html.Open("section", {}).Leaf("h2", {}, "Executions");
    if (report_.outcomes.empty()) {
      return std::move(html.Leaf("p", {}, "The history has no execution of a job.").Close());
    }
    html.Add(Filter())
        .Open("div", {{"class", "scroll"}})
        .Open("table", {{"class", "executions"}})
        .Open("tr", {});
    if (has_runs_) html.Leaf("th", {}, "Run");
    for (const char* heading : {"Thing", "Job", "End", "Service and device"}) html.Leaf("th", {}, heading);
    for (const char* heading : {"Waited", "Ran", "Came back"})
      html.Leaf("th", {{"class", "number"}}, heading);
    html.Leaf("th", {}, "0 to " + Span(frame_.to) + " after it was queued").Close();
    for (size_t i = 0; i < shown_; ++i) Row(html, i);
    html.Close().Close();
    if (is_cut_) {
      html.Leaf("p", {{"class", "note"}},
                "The axis ends before the longest executions do: most are much shorter.");
    }
    if (shown_ < report_.outcomes.size()) {
      html.Leaf("p", {{"class", "left-out"}},
                std::to_string(report_.outcomes.size() - shown_) +
                    " more executions are left out; the totals count them.");
    }
    Chart all;
    for (size_t i = 0; i < shown_; ++i) all.lanes.push_back(report_.outcomes[i].lane);
    return std::move(html.Add(Legend({all})).Close());
  }

  void Told(Markup& html, size_t i) const {
    const Outcome& outcome = report_.outcomes[i];
    const std::string run = outcome.run.empty() ? "" : outcome.run + "  ";
    html.Open("details", {{"id", "e" + std::to_string(i)}, {"class", RowClass(outcome)}});
    html.Leaf("summary", {},
              run + outcome.thing + "  " + outcome.job + " #" + std::to_string(outcome.number) + ": " +
                  outcome.status + ", " + WordsOf(outcome.agreement).word);
    html.Leaf("p", {{"class", "note"}},
              "Queued " + Moment(outcome.queued_at) + (outcome.why.empty() ? "" : ". ") + outcome.why);
    Chart chart{0, EndOf(outcome), {outcome.lane}, {}};
    html.Add(Draw(chart));
    html.Open("div", {{"class", "scroll"}}).Open("table", {});
    const size_t count = std::min(outcome.messages.size(), kMostMessages);
    for (size_t k = 0; k < count; ++k) {
      const Message& message = outcome.messages[k];
      html.Open("tr", {{"class", message.tone == Tone::kCancel ? "turn" : ""}});
      html.Leaf("td", {{"class", "number"}}, "+" + Span(message.at));
      html.Leaf("td", {{"class", "kind"}},
                message.tone == Tone::kSent       ? "to the service"
                : message.tone == Tone::kReceived ? "to the device"
                                                  : "");
      html.Leaf("td", {{"class", "wide"}}, message.what).Leaf("td", {}, message.fate).Close();
    }
    html.Close().Close();
    if (count < outcome.messages.size()) {
      html.Leaf("p", {{"class", "left-out"}},
                std::to_string(outcome.messages.size() - count) + " more are left out.");
    }
    html.Close();
  }

  Markup Messages() const {
    Markup html;
    if (shown_ == 0) return html;
    html.Open("section", {}).Leaf("h2", {}, "Message by message");
    const size_t told = std::min(shown_, kMostTold);
    for (size_t i = 0; i < told; ++i) Told(html, i);
    if (told < shown_) {
      html.Leaf("p", {{"class", "left-out"}},
                "Of " + std::to_string(shown_ - told) + " more the messages are left out.");
    }
    return std::move(html.Close());
  }

  FleetReport report_;
  bool has_runs_ = false;
  bool is_cut_ = false;
  size_t shown_ = 0;
  Chart frame_;
};

}  // namespace

int64_t Percentile(const std::vector<int64_t>& sorted, int percent) {
  if (sorted.empty()) return 0;
  const size_t rank = (sorted.size() * static_cast<size_t>(percent) + 99) / 100;
  return sorted[std::min(std::max<size_t>(rank, 1), sorted.size()) - 1];
}

std::string FleetPage(FleetReport report) { return FleetPageMaker(std::move(report)).Make(); }

}  // namespace kedge::report
