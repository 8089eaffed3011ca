#include "report/fleet.h"

#include <doctest/doctest.h>

#include "report/histogram.h"
#include "report/look.h"
#include "report/markup.h"
#include "report/samples.h"

namespace kedge::report {
namespace {

Outcome Made(const std::string& thing, const std::string& job, Agreement agreement, const std::string& status,
             std::optional<int64_t> came_back = {}) {
  Outcome outcome;
  outcome.thing = thing;
  outcome.job = job;
  outcome.status = status;
  outcome.agreement = agreement;
  outcome.why = "because";
  outcome.queued_at = kWall;
  outcome.waited = 100;
  outcome.ran = 5000;
  outcome.came_back = came_back;
  outcome.lane.name = thing + " " + job;
  outcome.lane.bars = {{0, 100, Tone::kWait, "QUEUED"}, {100, 5100, Tone::kRun, "IN_PROGRESS"}};
  outcome.lane.marks = {{5100, Tone::kGood, status}};
  outcome.messages = {{100, Tone::kSent, "update IN_PROGRESS", "accepted"}};
  return outcome;
}

TEST_CASE("a fleet's page has totals, the matrix, the executions, worst first, and their messages") {
  FleetReport report{"Drill", {}, {"a note"}, kWall};
  report.outcomes = {
      Made("pi-1", "a", Agreement::kAgrees, "SUCCEEDED"), Made("pi-2", "a", Agreement::kDoubt, "CANCELED"),
      Made("pi-2", "b", Agreement::kDiffers, "CANCELED", 700), Made("pi-1", "b", Agreement::kOpen, "QUEUED")};
  const Node root = LookAt(FleetPage(report));
  const std::string text = root.AllText();
  CHECK(text.find("4 executions, 2 jobs, 2 things.") != std::string::npos);
  CHECK(text.find("Things and jobs") != std::string::npos);
  CHECK(text.find("half within 700 ms") != std::string::npos);
  CHECK(text.find("a note") != std::string::npos);
  const auto rows = root.OfClass("executions").at(0)->OfClass("x");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]->At("class") == "x a-differs s-CANCELED");
  CHECK(rows[1]->At("class") == "x a-doubt s-CANCELED");
  CHECK(rows[2]->At("class") == "x a-open s-QUEUED");
  CHECK(rows[3]->At("class") == "x a-agrees s-SUCCEEDED");
  // Each link leads to the messages of its execution.
  for (const Node* link : root.All("a")) {
    size_t found = 0;
    for (const Node* details : root.All("details"))
      found += "#" + details->At("id") == link->At("href") ? 1 : 0;
    CHECK(found == 1);
  }
  CHECK(root.All("input").size() == 5 + 4);
}

TEST_CASE("nothing that a thing, a job or a message is called becomes markup") {
  FleetReport report{kHostile, {}, {kHostile}, kWall};
  for (const char* run : {"one", "two"}) {
    Outcome outcome = Made(kHostile, kHostile, Agreement::kDoubt, kHostile);
    outcome.run = run + kHostile;
    outcome.why = outcome.verdict = outcome.lane.name = outcome.lane.more = kHostile;
    outcome.lane.bars[0].title = outcome.lane.marks[0].title = kHostile;
    outcome.messages = {{1, Tone::kLost, kHostile, kHostile}};
    report.outcomes.push_back(outcome);
  }
  const Node root = LookAt(FleetPage(report));
  CHECK(root.All("title").at(0)->AllText() == Visible(kHostile));
  for (const Node* row : root.OfClass("x")) CHECK(row->At("class") == "x a-doubt");
}

TEST_CASE("many executions stay a page that can be used") {
  FleetReport report{"Fleet", {}, {}, 0};
  for (int i = 0; i < 5000; ++i) {
    report.outcomes.push_back(Made("thing-" + std::to_string(i), "job", Agreement::kAgrees, "SUCCEEDED"));
  }
  report.outcomes.push_back(Made("last", "job", Agreement::kDiffers, "CANCELED"));
  const std::string page = FleetPage(report);
  CHECK(page.size() < 8'000'000);
  const Node root = LookAt(page);
  const auto rows = root.OfClass("executions").at(0)->OfClass("x");
  CHECK(rows.size() == kMostOutcomes);
  CHECK(rows[0]->AllText().find("last") != std::string::npos);
  CHECK(root.All("details").size() == kMostTold);
  CHECK(root.AllText().find("3001 more executions are left out") != std::string::npos);
}

TEST_CASE("one straggler does not make the others' lanes useless") {
  FleetReport report{"Fleet", {}, {}, 0};
  for (int i = 0; i < 20; ++i)
    report.outcomes.push_back(Made("t", "j" + std::to_string(i), Agreement::kAgrees, "SUCCEEDED"));
  report.outcomes[0].lane.bars[1].to = 10'000'000;
  const std::string text = LookAt(FleetPage(report)).AllText();
  CHECK(text.find("0 to 10.2 s after it was queued") != std::string::npos);
  CHECK(text.find("The axis ends before the longest executions do") != std::string::npos);
}

TEST_CASE("no executions have a page that says so") {
  CHECK(LookAt(FleetPage({"Empty", {}, {}, 0})).AllText().find("no execution of a job") != std::string::npos);
}

TEST_CASE("lengths are spread over bins that grow, each counted once") {
  CHECK(Spread({}).empty());
  const auto bins = Spread({0, 1, 3, 700, 700, 999, 1000});
  size_t all = 0;
  for (const Bin& bin : bins) all += bin.count;
  CHECK(all == 7);
  CHECK(bins.front().below == 1);
  CHECK(bins.front().count == 1);
  CHECK(bins.back().below == 2000);
  CHECK(bins[bins.size() - 2].below == 1000);
  CHECK(bins[bins.size() - 2].count == 3);
  CHECK(Spread({253'402'300'799'999}).size() == 1);
  CHECK(Percentile({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 90) == 9);
  CHECK(Percentile({1, 2, 3}, 50) == 2);
  CHECK(Percentile({}, 50) == 0);
}

TEST_CASE("the axis is labelled at round moments, few of them, whatever its length") {
  for (const int64_t length : {int64_t{0}, int64_t{1}, int64_t{999}, int64_t{59'000}, int64_t{3'600'001},
                               int64_t{31} * 24 * 3'600'000, int64_t{253'402'300'799'999}}) {
    const auto ticks = Ticks(length);
    REQUIRE(!ticks.empty());
    CHECK(ticks.front() == 0);
    CHECK(ticks.back() <= std::max<int64_t>(length, 1));
    CHECK(ticks.size() <= 7);
  }
  CHECK(Ticks(60'000) == std::vector<int64_t>{0, 10'000, 20'000, 30'000, 40'000, 50'000, 60'000});
}

}  // namespace
}  // namespace kedge::report
