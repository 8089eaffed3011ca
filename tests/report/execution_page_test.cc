#include "report/execution_page.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "report/findings.h"
#include "report/look.h"
#include "report/markup.h"
#include "report/samples.h"

namespace kedge::report {
namespace {

TEST_CASE("a cancelled execution's page has outcome, reason, lanes, events, output and document") {
  const Node root = LookAt(ExecutionPage(Cancelled()));
  const std::string text = root.AllText();
  for (const char* said : {"fw-42", "pi-1", "CANCELED", "safe", "reason = wrong version",
                           "2026-11-25 02:54:11.000 UTC", "12.3 s", "1 fetch", "2 configure",
                           "undone and verified", "one\ntwo\n", "trapped TERM", "\"version\": \"1.0\""}) {
    CHECK_MESSAGE(text.find(said) != std::string::npos, said);
  }
  CHECK(root.OfClass("events").at(0)->All("tr").size() == 1 + Cancelled().entries.size());
  CHECK(root.OfClass("chart").size() == 2);  // and the way back, closer
}

// Everything that comes from outside, hostile.
ExecutionReport Hostile() {
  ExecutionReport report = Cancelled();
  report.thing = kHostile;
  report.execution.id.job.value = kHostile;
  report.execution.status = report.execution.verdict = report.execution.text = report.execution.document =
      kHostile;
  const nlohmann::json detail = {
      {"stdout", kHostile},
      {"stderr", kHostile},
      {"serviceDetails", {{kHostile, kHostile}}},
      {"differences", {kHostile, "files " + kHostile + ": mode is " + kHostile + ", was x"}},
      {"noWayBack", {kHostile}},
      {"notVerified", {kHostile}}};
  for (HistoryEntry& entry : report.entries) {
    entry.text += kHostile;
    entry.detail = detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  report.entries.push_back(Entry(12'345, kHostile, kHostile, 1));
  return report;
}

TEST_CASE("nothing that a job, a service or a device says becomes markup") {
  const Node root = LookAt(ExecutionPage(Hostile()));
  CHECK(root.All("img").empty());
  CHECK(root.All("title").at(0)->AllText() == "Kedge: " + Visible(kHostile));
  // It is all there, as text.
  CHECK(root.AllText().find("<script>window.pwned=1</script>") != std::string::npos);
}

TEST_CASE("a hostile document as JSON is only text too") {
  ExecutionReport report = Cancelled();
  report.execution.document = nlohmann::json{{"</pre><script>", "<img src=x onerror=alert(1)>"}}.dump();
  const Node root = LookAt(ExecutionPage(report));
  CHECK(root.AllText().find("</pre><script>") != std::string::npos);
}

TEST_CASE("details that are no JSON, or too deep, are passed over") {
  ExecutionReport report = Cancelled();
  report.entries[4].detail = std::string(100'000, '[');
  report.entries[6].detail = "{\"serviceDetails\":[1,2]}";
  report.entries[8].detail = "{\"stdout\":7,\"stderr\":null}";
  report.entries[12].detail = "{\"differences\":{\"a\":1}}";
  report.execution.document = std::string(100'000, '[');
  CHECK(LookAt(ExecutionPage(report)).AllText().find("serviceDetails") == std::string::npos);
}

TEST_CASE("an execution without entries, and one of a single moment, have a page") {
  ExecutionReport report = Cancelled();
  report.entries.resize(1);
  CHECK(LookAt(ExecutionPage(report)).OfClass("chart").empty());
  report.entries.clear();
  report.execution = {};
  CHECK(LookAt(ExecutionPage(report)).AllText().find("end not known") != std::string::npos);
}

TEST_CASE("ten thousand events stay a page that can be used, and what is left out is said") {
  ExecutionReport report = Cancelled();
  const std::string output(2'000, 'x');
  const std::string detail = nlohmann::json{{"stdout", output}, {"stderr", ""}}.dump();
  std::vector<HistoryEntry> middle;
  for (int i = 0; i < 5000; ++i) {
    middle.push_back(Entry(3000 + i, "step-started", "step 2/2 'configure'", 1));
    middle.push_back(
        Entry(3000 + i, "step-ended", "step 2/2 'configure': exit status 75; took 1 ms", 1, detail));
  }
  report.entries.insert(report.entries.begin() + 6, middle.begin(), middle.end());
  const std::string page = ExecutionPage(report);
  CHECK(page.size() < 2'000'000);
  const Node root = LookAt(page);
  CHECK(root.OfClass("events").at(0)->All("tr").size() == 1 + kMostEvents + 1);
  const std::string text = root.AllText();
  CHECK(text.find("events 501 to 9514 are left out here: 4507 step-started, 4507 step-ended") !=
        std::string::npos);
  CHECK(text.find("The output of 4902 more tasks is left out") != std::string::npos);
  CHECK(root.OfClass("bar").size() < 3000);
}

TEST_CASE("a long output is cut in the middle") {
  ExecutionReport report = Cancelled();
  const std::string output = "BEGIN" + std::string(200'000, '.') + "END";
  report.entries[4].detail = nlohmann::json{{"stdout", output}, {"stderr", ""}}.dump();
  const std::string text = LookAt(ExecutionPage(report)).AllText();
  CHECK(text.find("BEGIN.") != std::string::npos);
  CHECK(text.find(".END") != std::string::npos);
  CHECK(text.find(std::to_string(output.size() - kMostOutputBytes) + " bytes are left out here") !=
        std::string::npos);
}

TEST_CASE("differences are set apart into recorded and observed, as guards word them") {
  const auto read = [](const std::string& sentence) {
    const Difference d = ReadDifference(sentence);
    return d.where + "|" + d.what + "|" + d.recorded + "|" + d.observed;
  };
  CHECK(read("files /etc/app.conf: mode is 0644, was 0600") == "files /etc/app.conf|mode|0600|0644");
  CHECK(read("files /etc/x: is there, was absent") == "files /etc/x||absent|there");
  CHECK(read("files /etc/l: leads to /b, was /a") == "files /etc/l||/a|/b");
  CHECK(read("files /a: is: b: content is 5 bytes, was 7 bytes") ==
        "files /a|is: b: content|7 bytes|5 bytes");
  CHECK(read("services app.service: ActiveState is failed, was active") ==
        "services app.service|ActiveState|active|failed");
  CHECK(read("steps 1 to 2 are not undone") == "steps 1 to 2 are not undone|||");
  CHECK(read("rollback of step 2/3 'x': exit status 1") == "rollback of step 2/3 'x': exit status 1|||");
  CHECK(read("") == "|||");
}

}  // namespace
}  // namespace kedge::report
