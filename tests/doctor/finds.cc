// One planted fault found, and the table of all that were.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "doctest_listener.h"
#include "doctor/scene.h"
#include "operator/terminal.h"

namespace kedge::doctor_test {
namespace {

// The rows, beneath a heading; what every TEST_CASE that calls FindsOnly adds.
struct Found {
  std::string test_case;
  op::Table table;
  std::set<std::string> checks;
  int count = 0;
};
Found& AllFound() {
  static Found found;
  return found;
}

// Prints the table when everything has run.
class TableOfFaults : public testing::Listener {
 public:
  using Listener::Listener;
  void test_case_start(const doctest::TestCaseData& data) override { AllFound().test_case = data.m_name; }
  void test_run_end(const doctest::TestRunStats&) override {
    if (AllFound().count == 0) return;
    std::printf("%s\nkedge doctor finds each of %d planted faults, and names the fix.\n",
                AllFound().table.Text().c_str(), AllFound().count);
    std::fflush(stdout);
  }
};

void Tell(const Scene& scene, const json& line) {
  Found& found = AllFound();
  if (found.count++ == 0) found.table.Add({"PLANTED", "FOUND BY", "", "WHAT TO TYPE (OR DO)"});
  found.checks.insert(line["id"].get<std::string>());
  const json& fix = line["command"].is_string() ? line["command"] : line["advice"];
  found.table.Add({found.test_case, line["id"], line["level"], op::SafeLine(AsOnADevice(scene, fix))});
}

}  // namespace

std::set<std::string> ChecksThatFound() { return AllFound().checks; }

json FindsOnly(Scene& scene, const std::string& id, const std::string& level, const std::string& saw,
               const std::string& fix, const std::set<std::string>& skipped) {
  const json report = scene.Look();
  INFO(report.dump(1));
  CHECK(NotOk(report) == std::set<std::string>{id});
  const json line = LineOf(report, id);
  REQUIRE(line.is_object());
  CHECK(line["level"] == level);
  CHECK(Has(line["saw"], saw));
  CHECK_FALSE(line["advice"].get<std::string>().empty());
  // What is to be typed; where no command does it, what is to be done.
  const bool is_typed = line["command"].is_string();
  CHECK_MESSAGE(Has(is_typed ? line["command"] : line["advice"], fix), "the fix is not: " << fix);
  CHECK(scene.status() == (level == "problem" ? 1 : 0));
  for (const std::string& one : Skipped(report)) {
    const bool may_be = skipped.count(one) != 0 || kNetwork.count(one) != 0;
    CHECK_MESSAGE(may_be, one << " is skipped as well");
  }
  Tell(scene, line);
  return line;
}

}  // namespace kedge::doctor_test

REGISTER_LISTENER("table of faults", 2, kedge::doctor_test::TableOfFaults);
