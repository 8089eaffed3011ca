#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "operator/metrics_report.h"
#include "operator/states.h"
#include "operator/status_report.h"

namespace kedge::op {
namespace {

std::string Metrics(const State& state, const std::string& thing = "pi-1") {
  const std::string status = StatusJson(state, {.thing = thing, .version = "1.2.3", .notes = {}});
  const auto text = MetricsText({.status = status, .ends = {{"FAILED", "safe", 3}}, .bytes = 4096});
  REQUIRE(text);
  return *text;
}
bool Has(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

TEST_CASE("metrics tell the state, the job that is there and the last one") {
  State state = With(InStepTwo(Phase::kRunning));
  state.ledger.push_front(ClosedAs(JobStatus::kSucceeded, {}, "succeeded"));
  const std::string text = Metrics(state);
  CAPTURE(text);
  CHECK(Has(text, "kedge_info{version=\"1.2.3\",thing=\"pi-1\"} 1"));
  CHECK(Has(text, "kedge_up 1"));
  CHECK(Has(text, "kedge_link_up 1"));
  CHECK(Has(text, "kedge_state{state=\"running\"} 1"));
  CHECK(Has(text, "kedge_state{state=\"idle\"} 0"));
  CHECK(Has(text, "kedge_quarantined 0"));
  CHECK(Has(text, "kedge_job_in_progress 1"));
  CHECK(Has(text, "kedge_job_step 2"));
  CHECK(Has(text, "kedge_job_steps 3"));
  CHECK(Has(text, "kedge_job_offered_timestamp_seconds 1795575251.000"));
  CHECK(Has(text, "kedge_last_job_end_timestamp_seconds{status=\"SUCCEEDED\",verdict=\"\"} 1795575191.000"));
  CHECK(Has(text, "kedge_history_jobs{status=\"FAILED\",verdict=\"safe\"} 3"));
  CHECK(Has(text, "kedge_journal_bytes 4096"));
  CHECK(Has(Metrics(State{}), "kedge_job_in_progress 0"));
}

TEST_CASE("metrics are in Prometheus' format: each metric once, with help and type before its samples") {
  std::istringstream lines(Metrics(With(InStepTwo(Phase::kRollingBack)), "odd \"thing\"\\\n"));
  std::set<std::string> seen;
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    std::istringstream words(line);
    std::string hash, kind, name;
    if (line.starts_with("# HELP ")) {
      words >> hash >> kind >> name;
      CHECK(seen.insert(name).second);
      current = name;
    } else if (line.starts_with("# TYPE ")) {
      CHECK(line == "# TYPE " + current + " gauge");
    } else {
      CHECK(line.starts_with(current));
      CHECK((line[current.size()] == '{' || line[current.size()] == ' '));
      CHECK(std::count(line.begin(), line.end(), '"') % 2 == 0);
      CHECK_NOTHROW(std::stod(line.substr(line.rfind(' '))));
    }
  }
  CHECK(seen.size() > 8);
}

TEST_CASE("a status that is none is refused, one that is missing is told") {
  CHECK_FALSE(MetricsText({.status = "[]", .ends = {}, .bytes = {}}));
  // Nothing is known, and nothing claimed.
  CHECK(*MetricsText({.status = "", .ends = {}, .bytes = {}}) ==
        "# HELP kedge_up Whether kedged runs.\n# TYPE kedge_up gauge\nkedge_up 0\n");
}

}  // namespace
}  // namespace kedge::op
