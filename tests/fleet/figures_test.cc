// The alert rules and the sample are about figures that `kedge metrics` really prints.
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <regex>
#include <set>
#include <vector>

#include "fleet/stage.h"

namespace kedge::fleet {
namespace {

using rig::Rig;

// A series: its name and its labels' names.
using Series = std::pair<std::string, std::set<std::string>>;

// From a line `name{label="value",...} 1`, or `name 1`.
Series SeriesOf(const std::string& line) {
  Series series;
  series.first = line.substr(0, line.find_first_of("{ "));
  static const std::regex kLabel(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  for (std::sregex_iterator label(line.begin(), line.end(), kLabel), end; label != end; ++label) {
    series.second.insert((*label)[1]);
  }
  return series;
}

std::set<Series> SeriesIn(const std::string& page) {
  std::set<Series> all;
  for (const std::string& line : rig::Lines(page)) {
    if (!line.empty() && line[0] != '#') all.insert(SeriesOf(line));
  }
  return all;
}

std::set<std::string> Names(const std::set<Series>& all) {
  std::set<std::string> names;
  for (const auto& [name, labels] : all) names.insert(name);
  return names;
}

// What is said about the figures: the HELP and TYPE lines.
std::set<std::string> Comments(const std::string& page) {
  std::set<std::string> all;
  for (const std::string& line : rig::Lines(page)) {
    if (line.starts_with('#')) all.insert(line);
  }
  return all;
}

// All there are: of an agent that runs a job and has a history.
std::string RealPage() {
  Rig rig;
  rig.RunsAJob("first");
  rig.Script("waits", "exec sleep 600");
  rig.service().CreateJob("second", rig.Document({rig.Step("waits")}));
  rig.WaitForStatus("second", "IN_PROGRESS");
  rig.WaitUntil("the step", [&] { return !rig.StepProcesses().empty(); });
  const rig::Finished metrics = rig.Kedge({"metrics"});
  REQUIRE(metrics.status == 0);
  return metrics.out;
}

std::set<std::string> MetricsOf(const std::string& expression) {
  std::set<std::string> names;
  static const std::regex kName(R"(\b(?:kedge|node)_[a-z_]+)");
  for (std::sregex_iterator name(expression.begin(), expression.end(), kName), end; name != end; ++name) {
    names.insert(name->str());
  }
  return names;
}

TEST_CASE(
    "the alert rules, their tests and the sample know the figures that kedge metrics prints, and no others") {
  const std::string printed = RealPage();
  const std::string sample = Shipped("fleet/prometheus/kedge.prom");
  const std::set<Series> real = SeriesIn(printed);
  CHECK(Names(real).size() >= 13);
  CHECK(SeriesIn(sample) == real);
  CHECK(Comments(sample) == Comments(printed));

  // node_exporter's own, of each file that it reads.
  std::set<std::string> known = Names(real);
  known.insert("node_textfile_mtime_seconds");
  std::set<std::string> alerts;
  const YAML::Node rules = YAML::Load(Shipped("fleet/prometheus/kedge.rules.yml"));
  for (const YAML::Node& group : rules["groups"]) {
    for (const YAML::Node& rule : group["rules"]) {
      const auto expression = rule["expr"].as<std::string>();
      CAPTURE(expression);
      const std::set<std::string> used = MetricsOf(expression);
      CHECK(!used.empty());
      for (const std::string& name : used) CHECK_MESSAGE(known.contains(name), name);
      if (!rule["alert"]) continue;
      alerts.insert(rule["alert"].as<std::string>());
      CHECK(rule["annotations"]["summary"]);
      CHECK(rule["annotations"]["action"]);
    }
  }
  CHECK(alerts.size() == 9);
  const std::string page = Shipped("FLEET.md");
  for (const std::string& alert : alerts)
    CHECK_MESSAGE(page.find('`' + alert + '`') != std::string::npos, alert);

  const YAML::Node tests = YAML::Load(Shipped("fleet/prometheus/kedge.rules.test.yml"));
  for (const YAML::Node& test : tests["tests"]) {
    for (const YAML::Node& input : test["input_series"]) {
      Series series = SeriesOf(input["series"].as<std::string>());
      series.second.erase("instance");  // Prometheus' own
      if (series.first.starts_with("kedge_")) CHECK_MESSAGE(real.contains(series), series.first);
    }
  }
}

TEST_CASE("promtool takes the rules, and they fire when their tests say") {
  const std::string folder = FLEET_CONFIG "/fleet/prometheus/";
  const std::string scratch = std::filesystem::temp_directory_path();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"check", "rules", folder + "kedge.rules.yml"},
        {"test", "rules", folder + "kedge.rules.test.yml"}}) {
    std::vector<std::string> argv = {"/usr/bin/promtool"};
    argv.insert(argv.end(), words.begin(), words.end());
    const rig::Finished done = rig::Run(argv, scratch);
    CHECK_MESSAGE(done.status == 0, done.out, done.err);
    CHECK(done.out.find("SUCCESS") != std::string::npos);
  }
}

}  // namespace
}  // namespace kedge::fleet
