// What journalctl finds of a job.
#include <doctest/doctest.h>

#include <set>

#include "rig/files.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

std::vector<json> LinesOf(const std::string& match) {
  TheField().device().Shell("journalctl --sync");
  std::vector<json> lines;
  for (const std::string& line : rig::Lines(TheField().device().Shell("journalctl -q -o json " + match))) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

TEST_CASE("journalctl finds the lines of one job, of one step of it, and no others") {
  const std::string one = NewJob("one");
  const std::string other = NewJob("other");
  const auto two_steps = field::DocumentOf(
      {field::ShellStep("true", {{"name", "first"}}), field::ShellStep("true", {{"name", "second"}})});
  CHECK(field::RunJob(one, two_steps) == "SUCCEEDED");
  CHECK(field::RunJob(other, field::DocumentOf({field::ShellStep("false")})) == "FAILED");

  const std::vector<json> lines = LinesOf("KEDGE_JOB=" + one);
  REQUIRE(lines.size() >= 4);
  std::set<std::string> steps;
  bool has_succeeded = false;
  for (const json& line : lines) {
    CHECK(line.at("KEDGE_JOB") == one);
    CHECK(line.at("KEDGE_EXECUTION") == "1");
    CHECK(line.at("_SYSTEMD_UNIT") == "kedged.service");
    CHECK(line.at("SYSLOG_IDENTIFIER") == "kedged");
    CHECK(line.contains("PRIORITY"));
    CHECK_FALSE(line.at("KEDGE_PHASE").get<std::string>().empty());
    if (line.contains("KEDGE_STEP_NAME")) steps.insert(line.at("KEDGE_STEP_NAME"));
    has_succeeded |= line.at("MESSAGE").get<std::string>().find("SUCCEEDED") != std::string::npos;
  }
  CHECK(steps == std::set<std::string>{"first", "second"});
  CHECK(has_succeeded);
  const std::vector<json> second = LinesOf("KEDGE_JOB=" + one + " KEDGE_STEP=2");
  CHECK(!second.empty());
  CHECK(second.size() < lines.size());
  CHECK(LinesOf("KEDGE_JOB=" + other).size() >= 2);
  CHECK(LinesOf("KEDGE_JOB=no-such-job").empty());
}

}  // namespace
}  // namespace kedge::units
