// The files of config/ say what the code does.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "config.h"
#include "config_tree.h"
#include "core/job_document.h"

namespace kedge {
namespace {

std::string Shipped(const std::string& name) { return std::string(KEDGE_CONFIG_FOLDER) + "/" + name; }

std::string Slurp(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void Collect(const YamlNode& node, const std::string& prefix, std::set<std::string>& paths) {
  for (const auto& [key, value] : node.members) {
    if (value.kind == YamlNode::Kind::kMap) {
      Collect(value, prefix + key.text + ".", paths);
    } else {
      paths.insert(prefix + key.text);
    }
  }
}

TEST_CASE("each default in the shipped kedge.yaml is the code's default") {
  const auto shipped = LoadConfig(Shipped("kedge.yaml"));
  REQUIRE_MESSAGE(shipped.has_value(), shipped.error().message);
  CHECK(PrintConfig(*shipped) == PrintConfig(Config{}));
  CHECK(shipped->policy.grace == Policy{}.grace);
  CHECK(ProcessSettings{}.grace == Policy{}.grace);
}

TEST_CASE("the shipped kedge.yaml shows every key there is") {
  const auto tree = ParseYaml(Slurp(Shipped("kedge.yaml")));
  REQUIRE(tree.has_value());
  std::set<std::string> shown;
  Collect(*tree, "", shown);
  std::set<std::string> known;
  for (const auto& [path, value] : PrintConfig(Config{})) known.insert(path);
  CHECK(shown == known);
}

TEST_CASE("the sample jobs are documents that Kedge takes") {
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Shipped("jobs"))) {
    CAPTURE(entry.path().filename().string());
    const auto document = ParseJobDocument(Slurp(entry.path().string()));
    REQUIRE_MESSAGE(document.has_value(), document.error().message);
    for (const Step& step : document->steps) {
      if (step.command.kind != Command::Kind::kHandler) continue;
      std::string name = step.command.handler;
      if (name.ends_with(".sh")) name.resize(name.size() - 3);
      CHECK_MESSAGE(std::filesystem::exists(Shipped("../handlers/" + name + "/run")), name);
    }
    ++found;
  }
  CHECK(found == 8);
  const auto steps = ParseJobDocument(Slurp(Shipped("jobs/three-steps.json")));
  REQUIRE(steps.has_value());
  REQUIRE(steps->steps.size() == 3);
  CHECK(steps->steps[0].rollback.has_value());
  CHECK(steps->steps[0].verify.has_value());
  CHECK(steps->steps[1].protect.count("files") == 1);
  CHECK_FALSE(steps->steps[2].interruptible);
}

TEST_CASE("the sample policy is JSON within AWS's 2048 characters for the longest region") {
  std::string text = nlohmann::json::parse(Slurp(Shipped("iot-policy.json"))).dump();
  for (const auto& [word, by] :
       {std::pair{"REGION", "ap-southeast-4"}, std::pair{"ACCOUNT", "123456789012"}}) {
    for (size_t at; (at = text.find(word)) != std::string::npos;)
      text.replace(at, std::string(word).size(), by);
  }
  CHECK(text.size() <= 2048);
}

}  // namespace
}  // namespace kedge
